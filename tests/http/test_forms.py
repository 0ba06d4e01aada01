"""What a form or a JSON body may bring: nothing that no database keeps."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from rxapp.http.acting import body_of
from rxapp.http.forms import answered, form_of


@answered
async def form(request: Request) -> Response:
    return JSONResponse(await form_of(request))


@answered
async def body(request: Request) -> Response:
    return JSONResponse(await body_of(request))


@pytest.fixture
def page() -> TestClient:
    routes = [Route("/form", form, methods=["POST"]), Route("/body", body, methods=["POST"])]
    return TestClient(Starlette(routes=routes))


def test_a_form_loses_what_nobody_typed_and_nothing_else(page: TestClient) -> None:
    assert page.post("/form", data={"a\0": "一\0二", "b": " 三\n"}).json() == {
        "a": "一二", "b": " 三\n",
    }  # fmt: skip


@pytest.mark.parametrize("text", ['{"a": "\\u0000"}', '{"a": [{"\\ud800": 1}]}', "[1]", "{"])
def test_a_body_that_cannot_be_kept_is_refused(page: TestClient, text: str) -> None:
    refused = page.post("/body", content=text)
    assert (refused.status_code, "无法识别" in refused.json()["message"]) == (422, True)


def test_any_other_body_is_read(page: TestClient) -> None:
    assert page.post("/body", content='{"a": "\\ud83d\\ude00"}').json() == {"a": "😀"}
