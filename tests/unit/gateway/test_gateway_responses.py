"""The 21 gateway responses and which of them a client gets."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from cloud.errors import ConfigError
from services.gateway.responses import KINDS, GatewayError, compile_gateway_responses, render
from tests.unit.gateway.support import Gateway, document, header, method

STATUSES = {
    "ACCESS_DENIED": 403, "API_CONFIGURATION_ERROR": 500, "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500, "BAD_REQUEST_BODY": 400, "BAD_REQUEST_PARAMETERS": 400, "DEFAULT_4XX": 400,
    "DEFAULT_5XX": 500, "EXPIRED_TOKEN": 403, "INTEGRATION_FAILURE": 504, "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403, "INVALID_SIGNATURE": 403, "MISSING_AUTHENTICATION_TOKEN": 403, "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413, "RESOURCE_NOT_FOUND": 404, "THROTTLED": 429, "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415, "WAF_FILTERED": 403,
}  # fmt: skip


def test_there_are_21_with_awss_statuses() -> None:
    """No more, no fewer."""
    assert {name: kind.status for name, kind in KINDS.items()} == STATUSES


@pytest.mark.parametrize("name", STATUSES)
def test_the_own_one_wins_then_the_default_of_its_family_then_awss(name: str) -> None:
    """A status on a default replaces every unspecialised one of its family."""
    gateway = Gateway(document({"/x": {"get": method()}}))
    exchange: Any = gateway.pipeline.begin(gateway.deployment, SimpleNamespace(  # type: ignore[arg-type]
        api="shop", stage="dev", method="GET", path="/x", by_name={}, headers=[], query=[], protocol="HTTP/1.1",
        source_ip="127.0.0.1"))  # fmt: skip
    family = "DEFAULT_4XX" if STATUSES[name] < 500 else "DEFAULT_5XX"
    own = {name: {"statusCode": "599", "responseTemplates": {"application/json": '"$context.error.responseType"'}}}
    error = GatewayError(name)

    plain = render(error, exchange, {})
    by_family = render(error, exchange, compile_gateway_responses({family: {"statusCode": 418}}))
    specialised = render(error, exchange, compile_gateway_responses({family: {"statusCode": 418}, **own}))
    assert plain.status == STATUSES[name]
    assert header(plain, "x-amzn-ErrorType") == KINDS[name].error_type
    assert by_family.status == 418
    assert json.loads(by_family.body) == json.loads(plain.body)
    assert (specialised.status, json.loads(specialised.body)) == (599, name)


def test_templates_substitute_and_do_nothing_else() -> None:
    """No Velocity: directives stay text; the caller's Accept chooses among templates."""
    responses = {
        "BAD_REQUEST_BODY": {
            "responseTemplates": {
                "application/json": '{"m": $context.error.messageString, "v": "$context.error.validationErrorString"}',
                "text/plain": "#set($x = 1)$x $stageVariables.v $method.request.querystring.q $context.nope|",
            },
            "responseParameters": {"gatewayresponse.header.X-V": "stageVariables.v"},
        }
    }
    flags: dict[str, Any] = {"x-amazon-apigateway-request-validators": {"b": {"validateRequestBody": True}}}
    body = {"content": {"application/json": {"schema": {"type": "object", "required": ["n"]}}}}
    validator: dict[str, Any] = {"x-amazon-apigateway-request-validator": "b"}
    operation = method(requestBody=body, **validator)
    given = document({"/x": {"post": operation}}, **flags, **{"x-amazon-apigateway-gateway-responses": responses})
    shop = Gateway(given, variables={"v": "7"})

    as_json = shop.send("POST", "/x", "{}")
    said = json.loads(as_json.body)
    assert said["m"] == "Invalid request body"
    assert said["v"] == '["n" is a required property]'
    as_text = shop.send("POST", "/x?q=ü", "{}", {"Accept": "text/plain"})
    assert as_text.body.decode() == "#set($x = 1)$x 7 ü |"
    assert (header(as_text, "Content-Type"), header(as_text, "X-V")) == ("text/plain", "7")
    with pytest.raises(ConfigError, match="NONSENSE"):
        compile_gateway_responses({"NONSENSE": {}})


def test_what_is_wrong_with_a_large_body_is_not_told_item_by_item() -> None:
    """Naming every wrong item of two megabytes took 20 s and 1.5 GB, in which nobody else was served."""
    told = {"BAD_REQUEST_BODY": {"responseTemplates": {"application/json": "$context.error.validationErrorString"}}}
    flags: dict[str, Any] = {"x-amazon-apigateway-request-validators": {"b": {"validateRequestBody": True}}}
    texts = {"type": "array", "items": {"type": "string"}}
    body = {"content": {"application/json": {"schema": texts}}}
    operation = method(requestBody=body, **{"x-amazon-apigateway-request-validator": "b"})  # type: ignore[arg-type]
    shop = Gateway(document({"/x": {"post": operation}}, **flags, **{"x-amazon-apigateway-gateway-responses": told}))

    small, large = (shop.send("POST", "/x", json.dumps(each)) for each in ([1, 2], [1] * 20_000))

    assert (small.status, large.status) == (400, 400)
    assert json.loads(b'"%s"' % small.body) == '[1 is not of type "string", 2 is not of type "string"]'
    assert large.body == b"[the body does not fit its model; of more than 2048 bytes no more is said]"
