"""A store of the S3 kind for the tests, as a process that listens on a port of 127.0.0.1.

`python -m tests.object_server PORT`. It judges signatures: those in a header by itself, those in an
address (which it does not know) here, by the rules of the protocol.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

REGION = "us-east-1"
BUCKET = "city"
# What may be asked before anybody has a key: to make the user, the key, its rights, the bucket.
OPEN_ACTIONS = 4


def serve(port: int) -> None:
    """Listen until ended."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import run_simple

    inner = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", port, _Judged(inner), threaded=True)


class _Judged:
    """Gives on what is signed in its header; what is signed in its address, once that is right."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __call__(self, environ: dict[str, Any], answer: Any) -> Any:
        """Judge one request."""
        asked = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        if "X-Amz-Signature" not in asked:
            return self.inner(environ, answer)
        headers = _resigned(environ, asked)
        if headers is None:
            answer("403 Forbidden", [("Content-Length", "0")])
            return [b""]
        environ["QUERY_STRING"] = ""
        environ["RAW_URI"] = environ["REQUEST_URI"] = environ["PATH_INFO"]
        for name, value in headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        return self.inner(environ, answer)


def _resigned(environ: dict[str, Any], asked: dict[str, str]) -> dict[str, str] | None:
    from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    made = datetime.strptime(asked["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    lasts = timedelta(seconds=int(asked["X-Amz-Expires"]))
    secret = _secret_of(asked["X-Amz-Credential"].partition("/")[0])
    if secret is None or not made <= datetime.now(UTC) + timedelta(seconds=5) <= made + lasts:
        return None
    keys = Credentials(asked["X-Amz-Credential"].partition("/")[0], secret)
    url = f"http://{environ['HTTP_HOST']}{environ['PATH_INFO']}"
    request = AWSRequest(environ["REQUEST_METHOD"], url)
    request.context["timestamp"] = asked["X-Amz-Date"]
    judge = S3SigV4QueryAuth(keys, "s3", REGION, expires=int(lasts.total_seconds()))
    judge._modify_request_before_signing(request)
    said = judge.signature(judge.string_to_sign(request, judge.canonical_request(request)), request)
    if said != asked["X-Amz-Signature"]:
        return None
    plain = AWSRequest(environ["REQUEST_METHOD"], url)
    S3SigV4Auth(keys, "s3", REGION).add_auth(plain)
    return dict(plain.headers.items())


def _secret_of(key_id: str) -> str | None:
    from moto.iam.models import iam_backends

    for backend in iam_backends.values():
        for user in backend["global"].users.values():
            for key in user.access_keys:
                if key.access_key_id == key_id:
                    return key.secret_access_key
    return None


if __name__ == "__main__":
    serve(int(sys.argv[1]))
