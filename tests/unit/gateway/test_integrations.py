"""Integrations and what they are sent: backends, Query services, binary payloads, timeouts."""

import json
from typing import Any

import pytest

from cloud.errors import ConfigError
from services.gateway.binary import incoming, outgoing
from services.gateway.integration import query_protocol
from services.gateway.integration.aws import Protocol
from services.gateway.integration.uri import parse, timeout_of
from services.gateway.messages import CallFailed, CallTimedOut, HttpCall, Reply, ServiceCall
from services.gateway.responses import GatewayError
from services.gateway.services import protocol, signing_name
from tests.unit.gateway.support import Gateway, document, header, method


def http(kind: str = "http", uri: str = "http://backend.test/a", **more: Any) -> dict[str, Any]:
    return {"type": kind, "httpMethod": "POST", "uri": uri, "responses": {"default": {"statusCode": "200"}}, **more}


def one(integration: dict[str, Any], answer: Any = None, variables: Any = None, **more: Any) -> Gateway:
    operation = method(integration)
    paths = {"/x/{id}/{rest+}": {"post": operation, "get": operation}, "/x": {"post": operation, "get": operation}}
    return Gateway(document(paths, **more), answer or (lambda _c: Reply(200, {}, b"{}")), variables)


def called(gateway: Gateway) -> HttpCall:
    call = gateway.calls[0]
    assert isinstance(call, HttpCall)
    return call


def test_a_backends_address_is_made_of_path_and_stage_variables() -> None:
    """Placeholders are quoted, slashes stay; query parameters are appended to those of the uri."""
    parameters = {
        "integration.request.path.rest": "method.request.path.rest",
        "integration.request.querystring.q": "method.request.querystring.a",
    }
    shop = one(
        http(uri="http://${stageVariables.host}/v/{rest}?fixed=1", requestParameters=parameters),
        variables={"host": "backend.test"},
    )
    assert shop.send("POST", "/x/7/b%20c/d?a=%C3%BC", "{}").status == 200
    assert called(shop).url == "http://backend.test/v/b%20c/d?fixed=1&q=%C3%BC"
    assert (called(shop).method, called(shop).body) == ("POST", b"{}")


def test_an_address_that_is_none_is_500() -> None:
    """A stage variable that is not set."""
    assert one(http(uri="http://${stageVariables.host}/")).send("GET", "/x").status == 500


def test_a_proxy_sends_the_whole_request() -> None:
    """Verb of ANY, query, headers without those that are dropped; mapped values win."""
    parameters = {"integration.request.header.x-own": "'mapped'", "integration.request.querystring.b": "'2'"}
    shop = one(http("http_proxy", "http://backend.test/{rest}", httpMethod="ANY", requestParameters=parameters))
    headers = {"X-Own": "mine", "TE": "x", "Upgrade": "x", "Content-Type": "text/plain", "User-Agent": "me"}
    shop.send("GET", "/x/1/deep/er?a=1&b=1&a=3", b"body", headers)
    call = called(shop)
    names = {name.lower(): value for name, value in call.headers}

    assert (call.method, call.url, call.body) == ("GET", "http://backend.test/deep/er?a=1&a=3&b=2", b"body")
    assert (names["x-own"], names["user-agent"], names["content-type"]) == ("mapped", "me", "text/plain")
    assert not {"te", "upgrade", "host", "content-length"} & names.keys()
    assert names["x-forwarded-for"] == "127.0.0.1"


def test_a_proxys_answer_keeps_every_header_but_those_of_the_connection() -> None:
    """Several of one name; renamed: Connection, Content-Length, Date, Server; Transfer-Encoding is ours."""
    pairs = [("Set-Cookie", "a"), ("Set-Cookie", "b"), ("Date", "d"), ("Transfer-Encoding", "chunked")]
    shop = one(http("http_proxy"), lambda _c: Reply(201, {}, b"x", pairs))
    response = shop.send("GET", "/x")
    assert [value for name, value in response.headers if name == "Set-Cookie"] == ["a", "b"]
    assert (response.status, header(response, "x-amzn-Remapped-Date")) == (201, "d")
    assert header(response, "Transfer-Encoding") is None
    assert header(response, "Content-Type") == "application/json"


@pytest.mark.parametrize(
    ("failure", "status", "message"),
    [
        (CallTimedOut("slow"), 504, "Endpoint request timed out"),
        (CallFailed("away"), 504, "Network error communicating with endpoint"),
    ],
)
def test_a_backend_that_does_not_answer_is_504(failure: Exception, status: int, message: str) -> None:
    """In time, or at all."""

    def answer(_call: Any) -> Reply:
        raise failure

    response = one(http(), answer).send("GET", "/x")
    assert (response.status, json.loads(response.body)) == (status, {"message": message})


def test_mapping_a_forbidden_header_is_500() -> None:
    """Some for every integration, more for AWS's services."""
    parameters = {"integration.request.header.Authorization": "'x'"}
    assert one(http(requestParameters=parameters)).send("GET", "/x").status == 200
    aws = {**http(requestParameters=parameters), "type": "aws", "uri": "arn:aws:apigateway:us-east-1:kinesis:action/X"}
    assert one(aws).send("GET", "/x").status == 500
    length = {"integration.request.header.content-LENGTH": "'1'"}
    assert one(http(requestParameters=length)).send("GET", "/x").status == 500


@pytest.mark.parametrize("value", [50, 29_000, 1234.0])
def test_timeouts_are_fifty_milliseconds_to_twenty_nine_seconds(value: float) -> None:
    """29 s when nothing is said."""
    assert timeout_of({"timeoutInMillis": value}) == value / 1000
    assert timeout_of({}) == 29.0
    for wrong in (49, 29_001, 0, -1, "50", True, float("nan")):
        with pytest.raises(ConfigError, match="timeoutInMillis"):
            timeout_of({"timeoutInMillis": wrong})


# --- services


def test_how_services_are_spoken_to_is_botocores_knowledge() -> None:
    """JSON with a target, Query with a version; signatures carry the service's own name."""
    assert protocol("stepfunctions") == Protocol("AWSStepFunctions", "1.0")
    assert protocol("sns") == Protocol(None, query=True, version="2010-03-31")
    assert protocol("sqs").query
    assert (signing_name("stepfunctions"), signing_name("cloudwatch"), signing_name("nonsense")) == (
        "states", "monitoring", "nonsense",
    )  # fmt: skip
    assert parse("arn:aws:apigateway:us-east-1:bucket.s3:path/key").rest == "bucket/key"
    with pytest.raises(ConfigError, match="subdomain"):
        parse("arn:aws:apigateway:us-east-1:x.iot:path/key")


def test_querys_xml_is_json_for_clients() -> None:
    """Lists of members, repeated elements, texts, errors; what is no XML stays as it is."""
    xml = (
        b'<?xml version="1.0"?><R xmlns="urn:x"><A><member><N>1</N></member><member><N>2</N></member></A>'
        b"<B>x</B><B>y</B><C/><D><E> t </E></D></R>"
    )
    read = query_protocol.from_xml(Reply(200, {"content-type": "text/xml"}, xml))
    assert json.loads(read.body) == {"R": {"A": [{"N": "1"}, {"N": "2"}], "B": ["x", "y"], "C": "", "D": {"E": " t "}}}
    assert read.headers["content-type"] == "application/json"
    failed = b"<ErrorResponse><Error><Code>E</Code></Error><RequestId>r</RequestId></ErrorResponse>"
    error = json.loads(query_protocol.from_xml(Reply(400, {}, failed)).body)
    assert error == {"Error": {"Code": "E"}, "RequestId": "r"}
    bomb = b'<!DOCTYPE a [<!ENTITY a "b">]><a>&a;</a>'
    for other in (b"", b"{}", b"<a>", b"text", bomb):
        assert query_protocol.from_xml(Reply(200, {}, other)).body == other


def test_a_query_action_has_its_parameters_in_the_query_or_in_a_form() -> None:
    """Action and Version come from the uri; a JSON body that nobody asked for is not sent."""
    form = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
    base = {**http(), "type": "aws", "uri": "arn:aws:apigateway:us-east-1:sns:action/Publish"}
    plain = one({**base, "requestParameters": {"integration.request.querystring.Message": "'m'"}})
    plain.send("POST", "/x", '{"a": 1}')
    call = plain.calls[0]
    assert isinstance(call, ServiceCall)
    assert (call.query, call.body) == ([("Action", "Publish"), ("Message", "m")], b"{}"[:0])
    written = one({**base, "requestParameters": form, "requestTemplates": {"application/json": "Message=m"}})
    written.send("POST", "/x", "{}")
    assert (written.calls[0].body, written.calls[0].headers["Content-Type"]) == (
        b"Message=m",
        "application/x-www-form-urlencoded",
    )


# --- binary


@pytest.mark.parametrize(
    ("body", "how", "binary", "expected"),
    [
        (b"\x00", None, True, b"\x00"),
        (b"\x00", "CONVERT_TO_TEXT", True, b"AA=="),
        (b"\x00", "CONVERT_TO_BINARY", True, b"\x00"),
        (b"AA==", None, False, b"AA=="),
        (b"AA==", "CONVERT_TO_TEXT", False, b"AA=="),
        (b"AA==", "CONVERT_TO_BINARY", False, b"\x00"),
    ],
)
def test_a_requests_payload_is_converted(body: bytes, how: str | None, binary: bool, expected: bytes) -> None:
    """AWS's table of content type conversions, requests."""
    assert incoming(body, how, binary=binary) == expected


@pytest.mark.parametrize(
    ("body", "how", "binary", "wanted", "expected"),
    [
        (b"AA==", None, False, False, b"AA=="),
        (b"AA==", "CONVERT_TO_BINARY", False, False, b"\x00"),
        (b"AA==", "CONVERT_TO_TEXT", False, True, b"AA=="),
        (b"AA==", None, False, True, b"\x00"),
        (b"\x00", None, True, False, b"AA=="),
        (b"\x00", None, True, True, b"\x00"),
        (b"\x00", "CONVERT_TO_TEXT", True, True, b"AA=="),
        (b"\x00", "CONVERT_TO_BINARY", True, False, b"\x00"),
    ],
)
def test_a_replys_payload_is_converted(
    body: bytes, how: str | None, binary: bool, wanted: bool, expected: bytes
) -> None:
    """AWS's table of content type conversions, responses."""
    assert outgoing(body, how, binary=binary, wanted=wanted) == expected


def test_what_should_be_base64_and_is_not_is_500() -> None:
    """A configuration error."""
    with pytest.raises(GatewayError, match="API_CONFIGURATION_ERROR"):
        incoming(b"!", "CONVERT_TO_BINARY", binary=False)


def test_binary_types_decide_on_both_sides() -> None:
    """Of the request by its Content-Type, of the response by its own and by Accept."""
    integration = http(contentHandling="CONVERT_TO_TEXT")
    types = {"x-amazon-apigateway-binary-media-types": ["image/*"]}
    shop = one(integration, lambda _c: Reply(200, {"content-type": "image/png"}, b"\x89"), **types)
    answer = shop.send("POST", "/x", b"\x00", {"Content-Type": "image/png", "Accept": "image/webp"})
    assert (called(shop).body, answer.body) == (b"AA==", b"\x89")
    assert shop.send("POST", "/x", b"\x00", {"Content-Type": "image/png"}).body == b"iQ=="
    with pytest.raises(ConfigError, match="contentHandling"):
        one(http(contentHandling="CONVERT"))


def test_functions_are_invoked_by_post_and_their_absence_is_500() -> None:
    """Behind a mapping as behind a proxy."""
    uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations"
    assert one({**http(uri=uri, httpMethod="GET"), "type": "aws"}).send("GET", "/x").status == 500
    for status in (403, 404):
        gone = one({**http(uri=uri), "type": "aws"}, lambda _c, status=status: Reply(status, {}, b"{}"))
        assert gone.send("GET", "/x").status == 500
