"""AWS_PROXY: the event that a function gets and the response that is made of its result."""

import json
from typing import Any

import pytest

from services.gateway.messages import Reply, Response
from tests.unit.gateway.support import NOW, Gateway, document, header, method, token

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations"


def gateway(
    result: Any = None, *, raw: bytes | None = None, headers: Any = None, status: int = 200, **more: Any
) -> Gateway:
    integration = {"type": "aws_proxy", "httpMethod": more.pop("verb", "POST"), "uri": URI}
    operation = method(integration, **more.pop("operation", {}))
    payload = raw if raw is not None else json.dumps(result).encode()
    variables = more.pop("variables", None)
    given = document({"/pets/{name}": {"x-amazon-apigateway-any-method": operation}}, **more)
    return Gateway(given, lambda _call: Reply(status, headers or {}, payload), variables)


def sent_event(shop: Gateway) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(shop.calls[0].body)
    return event


def test_the_event_has_every_key_of_payload_version_1_and_null_for_what_is_not_there() -> None:
    """Keys and nulls as AWS sends them; authorizer is absent, not null, for auth NONE."""
    shop = gateway({"statusCode": 200})
    shop.send("GET", "/pets/rex/", headers={"User-Agent": "tests", "X-Custom": "1"})

    assert sent_event(shop) == {
        "resource": "/pets/{name}",
        "path": "/pets/rex/",
        "httpMethod": "GET",
        "headers": {
            "Host": "localhost:8000", "User-Agent": "tests", "X-Custom": "1", "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Port": "8000", "X-Forwarded-Proto": "http",
            "X-Amzn-Trace-Id": f"Root=1-{int(NOW):08x}-" + "a" * 24,
        },
        "multiValueHeaders": {
            "Host": ["localhost:8000"], "User-Agent": ["tests"], "X-Custom": ["1"], "X-Forwarded-For": ["127.0.0.1"],
            "X-Forwarded-Port": ["8000"], "X-Forwarded-Proto": ["http"],
            "X-Amzn-Trace-Id": [f"Root=1-{int(NOW):08x}-" + "a" * 24],
        },
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"name": "rex"},
        "stageVariables": None,
        "requestContext": {
            "resourceId": sent_event(shop)["requestContext"]["resourceId"],
            "resourcePath": "/pets/{name}",
            "httpMethod": "GET",
            "extendedRequestId": "0123456789abcde=",
            "requestTime": "18/Nov/2026:11:06:40 +0000",
            "path": "/dev/pets/rex/",
            "accountId": "000000000000",
            "protocol": "HTTP/1.1",
            "stage": "dev",
            "domainPrefix": "localhost:8000",
            "requestTimeEpoch": int(NOW) * 1000,
            "requestId": "11111111-2222-4333-8444-555555555555",
            "domainName": "localhost:8000",
            "deploymentId": shop.deployment.api.deployment_id,
            "apiId": "shop",
            "identity": {
                "accessKey": None, "accountId": None, "caller": None, "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None, "cognitoIdentityId": None, "cognitoIdentityPoolId": None,
                "principalOrgId": None, "sourceIp": "127.0.0.1", "user": None, "userAgent": "tests", "userArn": None,
            },
        },
        "body": None,
        "isBase64Encoded": False,
    }  # fmt: skip


def test_the_last_duplicate_wins_and_the_multi_maps_keep_all() -> None:
    """Query strings, stage variables and the body; path parameters arrive decoded."""
    shop = gateway({"statusCode": 200}, variables={"v": "1"})
    shop.send("POST", "/pets/r%C3%A9x%2Fy?a=1&a=2&b=", '{"x": "é"}')
    event = sent_event(shop)

    assert event["queryStringParameters"] == {"a": "2", "b": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert event["pathParameters"] == {"name": "réx/y"}
    assert event["stageVariables"] == {"v": "1"}
    assert event["body"] == '{"x": "é"}'


def test_the_verified_claims_reach_the_function_as_strings() -> None:
    """requestContext.authorizer.claims."""
    shop = gateway({"statusCode": 200}, operation={"security": [{"Gamers": []}]})
    shop.send("GET", "/pets/rex", headers={"Authorization": token()})
    claims = sent_event(shop)["requestContext"]["authorizer"]["claims"]

    assert (claims["cognito:username"], claims["cognito:groups"], claims["email_verified"]) == (
        "ada",
        "Players,Testers",
        "true",
    )


def test_the_call_is_an_invoke_of_the_lambda_api() -> None:
    """The same call reaches the worker and real Lambda."""
    shop = gateway({"statusCode": 200})
    shop.send("GET", "/pets/rex")
    call = shop.calls[0]

    assert (call.service, call.method) == ("lambda", "POST")
    assert call.path == "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af/invocations"
    assert call.headers["X-Amz-Invocation-Type"] == "RequestResponse"


def answer(result: Any, **more: Any) -> Response:
    return gateway(result, **more).send("GET", "/pets/rex")


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ({"statusCode": 200}, 200, b""),
        ({"headers": {"X-A": "1"}}, 200, b""),
        ({}, 200, b""),
        ({"statusCode": "201", "body": "made"}, 201, b"made"),
        ({"statusCode": 422, "body": "ü", "headers": None, "multiValueHeaders": None}, 422, "ü".encode()),
        ({"statusCode": 200, "body": "eA==", "isBase64Encoded": True}, 200, b"eA=="),
    ],
)
def test_a_well_formed_result_is_the_response(result: Any, status: int, body: bytes) -> None:
    """All keys are optional; a numeric string is a status; base64 stays text without binary media types."""
    response = answer(result)

    assert (response.status, response.body, header(response, "Content-Type")) == (status, body, "application/json")


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "test"}, {"statusCode": 200, "wrongValue": 1}, "text", [], 1, None, {"statusCode": 99},
        {"statusCode": 100}, {"statusCode": "101"},
        {"statusCode": True}, {"headers": {"X": ["a"]}}, {"headers": {"X": {}}}, {"headers": []},
        {"multiValueHeaders": {"X": "a"}}, {"body": {"a": 1}}, {"body": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_malformed_result_is_502(result: Any) -> None:
    """With the body that every learner gets to know."""
    response = answer(result)

    assert (response.status, response.body) == (502, b'{"message": "Internal server error"}')
    assert header(response, "x-amzn-ErrorType") == "InternalServerErrorException"


def test_a_function_that_fails_is_502_and_one_that_is_missing_500() -> None:
    """A function error, no JSON at all, a failing Lambda service; an unknown function is a wrong configuration."""
    assert answer({"errorMessage": "x"}, headers={"x-amz-function-error": "Unhandled"}).status == 502
    assert answer(None, raw=b"<html>").status == 502
    assert answer({}, status=500).status == 502
    assert answer({}, status=404).status == 500


def test_an_integration_verb_other_than_post_is_500() -> None:
    """A mistake that AWS only shows at run time."""
    assert answer({}, verb="GET").status == 500


def test_header_values_and_names_are_merged_as_on_aws() -> None:
    """true is sent as text; multi values first and in their casing; some names are remapped."""
    response = answer(
        {
            "headers": {"x-both": "solo", "X-Bool": True, "Content-Type": "text/html", "Server": "s"},
            "multiValueHeaders": {"X-Both": ["m1", "m2"]},
        }
    )
    names = [(name, value) for name, value in response.headers if not name.lower().startswith("x-am")]

    assert names == [
        ("X-Both", "m1"), ("X-Both", "m2"), ("X-Both", "solo"), ("X-Bool", "true"), ("Content-Type", "text/html"),
    ]  # fmt: skip
    assert header(response, "x-amzn-Remapped-Server") == "s"


def test_binary_media_types_travel_as_base64_both_ways() -> None:
    """Only for content that the API declares binary."""
    binary: dict[str, Any] = {"x-amazon-apigateway-binary-media-types": ["image/*"]}
    shop = gateway({"body": "AP8=", "isBase64Encoded": True}, **binary)
    response = shop.send("POST", "/pets/rex", b"\x00\xff", {"Content-Type": "image/png", "Accept": "image/png"})
    event = sent_event(shop)

    assert (event["body"], event["isBase64Encoded"]) == ("AP8=", True)
    assert response.body == b"\x00\xff"


def test_a_request_that_is_too_large_for_lambda_is_413() -> None:
    """Lambda takes 6 MB, API Gateway 10."""
    answer = gateway(status=413).send("GET", "/pets/rex")
    assert (answer.status, json.loads(answer.body)) == (413, {"message": "Request Too Long"})
