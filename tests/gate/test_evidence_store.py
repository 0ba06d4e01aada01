"""Evidence on a store of the S3 kind: up through HTTP, shown to the office, away and back."""

import pytest
from sqlmodel import select

from rxapp import routes
from rxapp.adapters import object_store
from rxapp.adapters.database import transaction
from rxapp.models.applications import Evidence
from rxapp.services import evidence
from rxapp.settings import settings
from tests.gate.cast import Town
from tests.gate.test_evidence_http import client, fetch, handed_in, photograph, upload
from tests.relay import Relay
from tests.servers import Bucket


@pytest.fixture
def relay(town: Town, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Relay:
    """The town with its files on the store, and the line to it."""
    made = Relay(int(bucket.endpoint.rpartition(":")[2]))
    monkeypatch.setenv("RXAPP_S3_ENDPOINT", f"http://127.0.0.1:{made.port}")
    monkeypatch.setattr(object_store, "TRIES", 0)
    settings.cache_clear()
    object_store._store.cache_clear()
    return made


def rows() -> int:
    with transaction() as session:
        return len(session.exec(select(Evidence.id)).all())


def test_one_journey_with_the_store_away_in_its_middle(town: Town, relay: Relay) -> None:
    wanted = handed_in(town)
    shown = fetch(town.department, wanted, "preview")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    whole = fetch(town.department, wanted, "file")
    assert whole.status_code == 200
    part = client(town.department).get(
        routes.evidence_file(wanted, "file"), headers={"Range": "bytes=0-9"}
    )
    assert (part.status_code, part.content) == (206, whole.content[:10])
    assert not list(evidence.folder().glob("*/*.*"))
    before = rows()
    relay.cut()
    refused = upload(client(), photograph("red"))
    assert (refused.status_code, rows()) == (503, before)
    assert refused.json()["message"] == (
        "文件存储暂时连接不上，这次没有存取，已填写的内容仍在，请稍后再试。"
    )
    assert fetch(town.department, wanted, "file").status_code == 503
    # Nobody learns from it what there is.
    assert fetch(None, wanted, "file").status_code in (401, 404)
    relay.mend()
    assert upload(client(), photograph("red")).json()["ok"]
    assert rows() == before + 1
    assert fetch(town.department, wanted, "file").content == whole.content


def test_who_may_not_see_it_gets_no_address_of_the_store(
    town: Town, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = handed_in(town)
    monkeypatch.setenv("RXAPP_INTERNAL_REDIRECT", "1")
    monkeypatch.setenv("RXAPP_TRUSTED_PROXY_HOPS", "1")
    settings.cache_clear()
    assert "x-accel-redirect" in fetch(town.department, wanted, "file").headers
    denied = fetch(None, wanted, "file")
    assert denied.status_code in (401, 404)
    assert "x-accel-redirect" not in denied.headers
    assert "X-Amz" not in denied.text
