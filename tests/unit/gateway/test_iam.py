"""AWS_IAM: signatures of botocore's own signers, verified; whoever signed is $context.identity."""

import json
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway import sigv4
from services.gateway.calls import Calls, drive
from services.gateway.coalesce import Coalescer, Options
from services.gateway.iam import Credential
from services.gateway.messages import CallFailed, CallTimedOut, FindCredential, Reply, Request, Response
from services.gateway.outbound import Outbound
from services.gateway.routes import split
from tests.unit.gateway.support import NOW, Gateway, document, header, method
from tests.unit.gateway.test_lambda_proxy import URI

IAM = {
    "Iam": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
}
SECRET = "a-secret"
PROXY = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI}


def shop() -> Gateway:
    operation = method(PROXY, security=[{"Iam": []}])
    other = method(**{"x-amazon-apigateway-auth": {"type": "AWS_IAM"}})
    given_document = document({"/x": {"get": operation, "post": operation}, "/auth": {"get": other}},
                              components={"securitySchemes": IAM})  # fmt: skip
    gateway = Gateway(given_document)
    gateway.credentials["AKIAADA"] = Credential("AKIAADA", SECRET, "arn:aws:iam::000000000000:user/ada", "AIDAADA")
    gateway.credentials["ASIATMP"] = Credential("ASIATMP", SECRET, token="tok", expires=NOW + 10, cognito={
        "cognitoIdentityId": "us-east-1:1"})  # fmt: skip
    return gateway


def signed(key: str = "AKIAADA", secret: str = SECRET, token: str | None = None, **more: Any) -> Request:
    """A request as the gateway reads it, signed NOW unless `at` says otherwise."""
    url = "http://localhost:8000/shop/dev" + more.get("path", "/x?b=2&a=x%20y%2F&a=&%C3%A9=1")
    body, verb = more.get("body", b""), more.get("verb", "GET")
    request = AWSRequest(verb, url, data=body, headers={"Host": "localhost:8000", "X-Own": " a  b "})
    auth = (SigV4QueryAuth if more.get("presigned") else SigV4Auth)(
        Credentials(key, secret, token), more.get("service", "execute-api"), more.get("region", "us-east-1")
    )
    import datetime

    at = datetime.datetime.fromtimestamp(more.get("at", NOW), datetime.UTC).replace(tzinfo=None)
    with patch("botocore.auth.get_current_datetime", lambda *_a, **_k: at, create=True):
        auth.add_auth(request)
    return read(verb, request.url, dict(request.headers.items()), body)


def read(verb: str, url: str, headers: dict[str, str], body: bytes) -> Request:
    parts = urlsplit(url)
    path = parts.path.removeprefix("/shop/dev")
    return Request(
        api="shop", stage="dev", method=verb, path=path, segments=split(path),
        headers=[("host", "localhost:8000"), *((n.lower(), v) for n, v in headers.items() if n.lower() != "host")],
        query=parse_qsl(parts.query, keep_blank_values=True), body=body, raw_path=parts.path, raw_query=parts.query,
    )  # fmt: skip


def send(gateway: Gateway, request: Request) -> Response:
    flow = gateway.pipeline.run(gateway.deployment, gateway.pipeline.begin(gateway.deployment, request))
    try:
        call = next(flow)
        while True:
            call = gateway._step(flow, call)
    except StopIteration as done:
        response: Response = done.value
        return response


def refused(response: Response) -> tuple[int, str | None]:
    return response.status, header(response, "x-amzn-ErrorType")


@pytest.mark.parametrize("presigned", [False, True])
def test_a_good_signature_passes_and_says_who_it_is(presigned: bool) -> None:
    """In the headers, or in the query string of a presigned address."""
    gateway = shop()
    assert send(gateway, signed(presigned=presigned)).status == 200
    identity = json.loads(gateway.calls[0].body)["requestContext"]["identity"]
    assert (identity["accessKey"], identity["userArn"], identity["user"]) == (
        "AKIAADA", "arn:aws:iam::000000000000:user/ada", "AIDAADA",
    )  # fmt: skip
    assert send(shop(), signed(path="/auth")).status == 200


def test_a_session_needs_its_token_and_ends() -> None:
    """UnrecognizedClient without it, ExpiredToken afterwards."""
    gateway = shop()
    assert send(gateway, signed("ASIATMP", token="tok")).status == 200
    assert json.loads(gateway.calls[0].body)["requestContext"]["identity"]["cognitoIdentityId"] == "us-east-1:1"
    assert refused(send(gateway, signed("ASIATMP"))) == (403, "UnrecognizedClientException")
    gateway.clock.now += 10
    assert refused(send(gateway, signed("ASIATMP", token="tok", at=NOW + 10))) == (403, "ExpiredTokenException")


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"secret": "wrong"}, "InvalidSignatureException"),
        ({"key": "AKIANOBODY"}, "UnrecognizedClientException"),
        ({"service": "s3"}, "InvalidSignatureException"),
        ({"region": "eu-west-1"}, "InvalidSignatureException"),
        ({"at": NOW - 301}, "InvalidSignatureException"),
        ({"at": NOW + 301}, "InvalidSignatureException"),
    ],
)
def test_a_bad_signature_is_403(more: dict[str, Any], kind: str) -> None:
    """Wrong secret, nobody's key, another service or region, a time more than five minutes off."""
    assert refused(send(shop(), signed(**more))) == (403, kind)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: setattr(r, "body", b"{}"),
        lambda r: setattr(r, "method", "POST"),
        lambda r: setattr(r, "raw_query", r.raw_query.replace("b=2", "b=3")),
        lambda r: setattr(r, "raw_path", r.raw_path + "/"),
        lambda r: r.headers.append(("x-own", "more")),
    ],
    ids=["body", "verb", "query", "path", "header"],
)
def test_whatever_was_signed_cannot_be_changed(change: Any) -> None:
    """Body, verb, query, path, a signed header."""
    request = signed()
    change(request)
    assert refused(send(shop(), request)) == (403, "InvalidSignatureException")


@pytest.mark.parametrize(
    ("authorization", "kind"),
    [
        (None, "MissingAuthenticationTokenException"),
        ("Bearer x", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=x", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y", "InvalidSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=a/b/us-east-1/execute-api/x, SignedHeaders=;, Signature=é", None),
    ],
)
def test_what_is_no_signature_is_refused(authorization: str | None, kind: str | None) -> None:
    """And crashes nothing."""
    response = shop().send("GET", "/x", headers={"Authorization": authorization} if authorization else {})
    assert response.status == 403
    assert kind is None or header(response, "x-amzn-ErrorType") == kind


def test_a_key_is_looked_up_once_in_a_while() -> None:
    """Not for every request; one that was deleted is refused half a minute later."""
    gateway = shop()
    assert send(gateway, signed()).status == 200
    del gateway.credentials["AKIAADA"]
    assert send(gateway, signed()).status == 200
    gateway.clock.now += 31
    assert refused(send(gateway, signed(at=NOW + 31))) == (403, "UnrecognizedClientException")


@pytest.mark.parametrize("trouble", [CallFailed("away"), CallTimedOut("slow"), Reply(503, {}, b"")])
async def test_who_cannot_be_asked_about_a_key_is_asked_again(trouble: Exception | Reply) -> None:
    """500, and the caller comes in as soon as the emulator is back; 403 for half a minute would be no truth."""
    replies = [trouble, Reply(200, {}, orjson.dumps({"secret": SECRET, "arn": "a", "user_id": "u", "account": "1"}))]

    async def fetch(*_: Any, **__: Any) -> Reply:
        reply = replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    gateway, outbound = shop(), Outbound(lambda _: "http://nowhere", Credentials("own", "own"), "us-east-1")
    outbound.fetch = fetch  # type: ignore[method-assign]
    calls = Calls(outbound, Coalescer(outbound.call, Options()), fetch)

    async def perform(call: Any) -> Any:
        return await calls.perform(call) if isinstance(call, FindCredential) else gateway.answer(call)

    async def ask() -> int:
        exchange = gateway.pipeline.begin(gateway.deployment, signed())
        return (await drive(gateway.pipeline.run(gateway.deployment, exchange), perform)).status

    assert [await ask() for _ in range(3)] == [500, 200, 200]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=30))
def test_no_header_breaks_the_reader(authorization: str, date: str, query: str) -> None:
    """Any text is a signature or none, and its check is a yes or a no."""
    headers = {"authorization": "AWS4-HMAC-SHA256 " + authorization, "x-amz-date": date}
    request = read("GET", "http://h/shop/dev/x", headers, b"")
    request.raw_query = query.encode("ascii", "ignore").decode()
    found = sigv4.read(request)
    assert found is None or sigv4.matches(request, found, SECRET) is False


@pytest.mark.parametrize("digits", ["\u00b2", "\u0663", "9" * 5000, "x"])
def test_no_time_to_live_breaks_the_reader(digits: str) -> None:
    """Of a signature in a query string: whatever counts as digits somewhere."""
    names = ("Credential", "SignedHeaders", "Signature", "Date")
    query = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Expires": digits, **{f"X-Amz-{name}": "x" for name in names}}
    found = sigv4.read(read("GET", f"http://h/shop/dev/x?{urlencode(query)}", {}, b""))
    assert found is not None
    assert sigv4.matches(read("GET", "http://h/shop/dev/x", {}, b""), found, SECRET) is False
