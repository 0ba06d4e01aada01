"""The cookie: read without ever raising, set out of reach of scripts and of other hosts."""

import pytest
from starlette.responses import Response

from rxapp.gate import cookies
from tests.gate.cast import installed


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("rxapp=abc", "abc"),
        ("other=1; rxapp=abc; more=2", "abc"),
        ("rxapp=", ""),
        ("notrxapp=abc", ""),
        ("", ""),
        (None, ""),
        ("rxapp=" + "x" * 201, ""),
        ("rxapp=abc; " + "y" * 9000, ""),
        ("rxapp=\u957f", ""),
        ("\x00;;;=;rxapp", ""),
        ('rxapp="a\\"b', ""),
    ],
)
def test_a_cookie_is_read_or_is_none(header: str | None, value: str) -> None:
    assert cookies.read(header, "rxapp") == value


@pytest.mark.parametrize(
    ("public", "prefix", "secure"),
    [("", "", False), ("https://xuexi.example.cn", "__Host-", True)],
)
def test_a_cookie_is_set_out_of_reach(tmp_path, public, prefix, secure) -> None:
    with installed(tmp_path, RXAPP_PUBLIC_URL=public):
        response = Response()
        cookies.set_session(response, "a", max_age=60)
        cookies.set_device(response, "b")
        cookies.clear_session(response)
        sent = [value.decode() for name, value in response.raw_headers if name == b"set-cookie"]
    assert [line.partition("=")[0] for line in sent] == [
        f"{prefix}rxapp",
        f"{prefix}rxdevice",
        f"{prefix}rxapp",
    ]
    for line in sent:
        attributes = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= attributes
        assert ("secure" in attributes) == secure
        assert not any(part.startswith("domain") for part in attributes)
    assert "Max-Age=60" in sent[0]
    assert "Max-Age=0" in sent[2]
