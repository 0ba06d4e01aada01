"""An address is believed only as far as the proxies that were announced."""

import pytest

from rxapp.gate import addresses
from tests.gate.cast import installed

FORGED = "1.1.1.1, 2.2.2.2 , 3.3.3.3"


def _scope(forwarded: str | None = None) -> dict:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    return {"client": ("9.9.9.9", 5), "headers": headers}


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [
        ("0", FORGED, "9.9.9.9"),
        ("0", None, "9.9.9.9"),
        ("1", FORGED, "3.3.3.3"),
        ("2", FORGED, "2.2.2.2"),
        ("1", None, "9.9.9.9"),
        ("4", FORGED, "9.9.9.9"),
        ("1", " , ,", "9.9.9.9"),
    ],
)
def test_only_announced_proxies_are_believed(tmp_path, hops, forwarded, seen) -> None:
    with installed(tmp_path, RXAPP_TRUSTED_PROXY_HOPS=hops):
        assert addresses.address_of(_scope(forwarded)) == seen
        noted = {"asgi-scope-client": "9.9.9.9"} | (
            {} if forwarded is None else {"x-forwarded-for": forwarded}
        )
        assert addresses.noted(noted) == seen


def test_a_request_without_a_peer_has_an_address_all_the_same(tmp_path) -> None:
    with installed(tmp_path):
        assert addresses.address_of({"client": None, "headers": []}) == "unknown"


def test_a_client_cannot_name_its_own_address_in_a_header(tmp_path) -> None:
    scope = {"client": ("9.9.9.9", 5), "headers": [(b"asgi-scope-client", b"1.1.1.1")]}
    with installed(tmp_path):
        assert addresses.address_of(scope) == "9.9.9.9"
