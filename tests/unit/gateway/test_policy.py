"""Policies: what Lambda authorizers return and what an API declares, judged for one method."""

import json
from typing import Any

import pytest

from cloud.errors import ConfigError
from services.gateway.messages import CallFailed, CallTimedOut, Reply
from services.gateway.policy import Verdict, compile_policy
from tests.unit.gateway.support import Gateway, document, method, token

ARN = "arn:aws:execute-api:us-east-1:000000000000:shop/dev/GET/x"
URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:judge/invocations"
)


def statement(effect: str = "Allow", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource, **more}


def verdict(*statements: dict[str, Any], **keys: str) -> Verdict:
    return compile_policy({"Statement": list(statements)}).judge(ARN, {k.replace("_", ":"): v for k, v in keys.items()})


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (ARN, Verdict.ALLOW),
        ("arn:aws:execute-api:*:*:shop/dev/*", Verdict.ALLOW),
        ("arn:aws:execute-api:*/GET/?", Verdict.ALLOW),
        ([ARN + "/y", ARN], Verdict.ALLOW),
        (ARN + "/y", Verdict.SILENT),
        ("arn:aws:execute-api:*:*:shop/dev/POST/*", Verdict.SILENT),
        (ARN.replace("x", "."), Verdict.SILENT),
    ],
)
def test_wildcards_match_across_slashes_and_nothing_else_is_special(resource: Any, expected: Verdict) -> None:
    """* and ?."""
    assert verdict(statement(resource=resource)) is expected


def test_a_deny_beats_every_allow() -> None:
    """In whatever order; what nothing allows is denied silently."""
    assert verdict(statement(), statement("Deny", ARN)) is Verdict.DENY
    assert verdict(statement("Deny", ARN), statement()) is Verdict.DENY
    assert verdict(statement("Deny", ARN + "z"), statement()) is Verdict.ALLOW
    assert verdict({**statement(), "Action": "s3:*"}) is Verdict.SILENT
    assert verdict({**statement(), "Action": "execute-api:*"}) is Verdict.ALLOW
    assert verdict({"Effect": "Allow", "Action": "*", "NotResource": ARN}) is Verdict.SILENT


@pytest.mark.parametrize(
    ("condition", "ip", "holds"),
    [
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "10.1.2.3", True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "127.0.0.1"]}}, "127.0.0.1", True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "127.0.0.1", False),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "127.0.0.1", True),
        ({"StringEquals": {"aws:SourceIp": "127.0.0.1"}}, "127.0.0.1", True),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, "no address", False),
        ({"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, "no address", True),
        ({"StringNotLike": {"aws:SourceIp": "127.*"}}, "127.0.0.1", False),
        ({"StringLike": {"aws:Referer": "http*"}}, "127.0.0.1", False),
        ({"StringLikeIfExists": {"aws:Referer": "http*"}}, "127.0.0.1", True),
        ({"StringNotLike": {"aws:Referer": "http*"}}, "127.0.0.1", True),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, "127.0.0.1", True),
    ],
)
def test_conditions_on_who_is_calling(condition: dict[str, Any], ip: str, holds: bool) -> None:
    """Addresses and strings; a key that the request has not fails its condition, unless IfExists or negated."""
    assert verdict(statement(Condition=condition), aws_sourceip=ip) is (Verdict.ALLOW if holds else Verdict.SILENT)


@pytest.mark.parametrize(
    "policy",
    [
        None,
        {},
        {"Statement": []},
        {"Statement": ["x"]},
        {"Statement": [statement("Maybe")]},
        {"Statement": [{**statement(), "Effect": []}]},
        {"Statement": [{**statement(), "Effect": {}}]},
        {"Statement": [statement(Condition=["IpAddress"])]},
        {"Statement": [statement(Condition={"IpAddress": "127.0.0.1"})]},
        {"Statement": [{"Effect": "Allow", "Action": "*"}]},
        {"Statement": [statement(Principal={"AWS": "arn:aws:iam::1:root"})]},
        {"Statement": [statement(Condition={"DateLessThan": {"aws:CurrentTime": "x"}})]},
        {"Statement": [statement(Condition={"IpAddress": {"aws:SourceIp": "nowhere"}})]},
    ],
)
def test_what_is_no_policy_or_not_understood_is_refused(policy: Any) -> None:
    """Never taken for an Allow."""
    with pytest.raises(ConfigError, match="policy"):
        compile_policy(policy)


def test_an_apis_own_policy_is_asked_before_the_authorizer() -> None:
    """Without an authorizer it must allow; with one a Deny is enough, before any token is looked at."""
    own = {"Statement": [statement(resource="execute-api:/dev/GET/x"), statement("Deny", "execute-api:/*/POST/*")]}
    paths = {
        "/x": {"get": method(), "post": method()},
        "/y": {"get": method(), "post": method(security=[{"Gamers": []}])},
    }
    shop = Gateway(document(paths, **{"x-amazon-apigateway-policy": own}))
    answers = [shop.send(*each) for each in (("GET", "/x"), ("POST", "/x"), ("GET", "/y"), ("POST", "/y"))]

    assert [answer.status for answer in answers] == [200, 403, 403, 403]
    assert b"explicit deny" in answers[1].body
    assert answers[2].body == b'{"Message":"User is not authorized to access this resource"}'


def test_an_apis_own_policy_must_allow_who_comes_with_a_user_pools_token() -> None:
    """A good token lets nobody in from addresses that the policy does not name; a bad one is 401 all the same."""
    paths = {"/x": {"get": method(security=[{"Gamers": []}])}}
    answers = {}
    for address in ("127.0.0.0/8", "10.0.0.0/8"):
        own = {"Statement": [statement(Condition={"IpAddress": {"aws:SourceIp": address}})]}
        shop = Gateway(document(paths, **{"x-amazon-apigateway-policy": own}))
        sent = [shop.send("GET", "/x", headers={"Authorization": each}) for each in (token(), "no token")]
        answers[address] = [answer.status for answer in sent]
        refused = sent[0].body

    assert answers == {"127.0.0.0/8": [200, 401], "10.0.0.0/8": [403, 401]}
    assert refused == b'{"Message":"User is not authorized to access this resource"}'


# --- Lambda authorizers


def authorized(kind: str = "token", answer: Any = None, own: Any = None, **more: Any) -> Gateway:
    declared = {"type": kind, "authorizerUri": URI, **more}
    scheme = {
        "type": "apiKey", "name": "X-Token", "in": "header", "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": declared,
    }  # fmt: skip
    paths = {path: {"get": method(security=[{"Judge": []}])} for path in ("/x", "/y/{id}")}
    more = {"x-amazon-apigateway-policy": own} if own else {}
    return Gateway(document(paths, components={"securitySchemes": {"Judge": scheme}}, **more), answer or said())


def said(resource: str = "*", **more: Any) -> Any:
    result = {"principalId": "u", "policyDocument": {"Statement": [statement(resource=resource)]}, **more}
    return lambda _call: Reply(200, {}, json.dumps(result).encode())


@pytest.mark.parametrize(
    ("judged", "own", "status"),
    [
        ([], [], 403),
        ([], [statement()], 200),
        ([statement()], [], 200),
        ([statement("Deny")], [statement()], 403),
        ([statement()], [statement("Deny")], 403),
        ([], [statement("Deny")], 403),
    ],
)
def test_the_function_s_policy_and_the_apis_own_are_judged_together(judged: Any, own: Any, status: int) -> None:
    """Table A of AWS's page on the authorization flow: one Allow is enough, one Deny too."""
    other = statement(resource="arn:other")
    answer = said(policyDocument={"Statement": [other, *judged]})
    shop = authorized(answer=answer, own={"Statement": [other, *own]})

    assert shop.send("GET", "/x", headers={"X-Token": "a"}).status == status


def test_a_policy_is_kept_for_its_ttl_and_not_longer() -> None:
    """300 s when nothing is said, 0 keeps nothing; per token."""
    shop, off = authorized(), authorized(authorizerResultTtlInSeconds=0)
    for gateway, calls in ((shop, 1), (off, 3)):
        for _ in range(3):
            assert gateway.send("GET", "/x", headers={"X-Token": "a"}).status == 200
        assert len(gateway.calls) == calls
    shop.send("GET", "/x", headers={"X-Token": "b"})
    shop.clock.now += 299.9
    shop.send("GET", "/x", headers={"X-Token": "a"})
    assert len(shop.calls) == 2
    shop.clock.now += 0.2
    shop.send("GET", "/x", headers={"X-Token": "a"})
    assert len(shop.calls) == 3


def test_a_kept_policy_is_judged_for_the_method_at_hand() -> None:
    """Narrow at first, so refused elsewhere until it expires, whatever the function would say now."""
    shop = authorized(answer=said("arn:aws:execute-api:*:*:shop/dev/GET/x"))
    assert shop.send("GET", "/x", headers={"X-Token": "a"}).status == 200
    shop.answer = said("*")
    assert shop.send("GET", "/y/1", headers={"X-Token": "a"}).status == 403
    shop.clock.now += 301
    assert shop.send("GET", "/y/1", headers={"X-Token": "a"}).status == 200


@pytest.mark.parametrize("failure", [CallFailed("away"), CallTimedOut("slow")])
def test_an_authorizer_that_cannot_be_asked_is_500_with_null(failure: Exception) -> None:
    """AUTHORIZER_FAILURE; a result of more than 8 KB and a refusal of Lambda's are configuration errors."""

    def answer(_call: Any) -> Reply:
        raise failure

    response = authorized(answer=answer).send("GET", "/x", headers={"X-Token": "a"})
    assert (response.status, response.body) == (500, b'{"message":null}')
    for refused in (lambda _c: Reply(403, {}, b"{}"), said(context={"x": "y" * 9000})):
        assert authorized(answer=refused).send("GET", "/x", headers={"X-Token": "a"}).status == 500


@pytest.mark.parametrize("misshapen", [{"Effect": []}, {"Condition": "x"}, {"Condition": {"StringLike": []}}], ids=str)
def test_a_policy_of_another_shape_is_500_with_null(misshapen: dict[str, Any]) -> None:
    """A mistake of the function's like any other: AUTHORIZER_CONFIGURATION_ERROR."""
    answer = said(policyDocument={"Statement": [{**statement(), **misshapen}]})
    response = authorized(answer=answer).send("GET", "/x", headers={"X-Token": "a"})

    assert (response.status, response.body) == (500, b'{"message":null}')


def test_a_request_authorizer_takes_its_sources_from_everywhere() -> None:
    """Headers, query, stage variables, context; any that is missing is 401 without a call."""
    sources = "method.request.header.A, method.request.querystring.b, context.httpMethod, stageVariables.v"
    shop = authorized("request", identitySource=sources)
    assert shop.send("GET", "/x?b=1", headers={"A": "1"}).status == 401
    shop.deployment.variables = lambda: {"v": "1"}
    assert shop.send("GET", "/x?b=1", headers={"A": "1"}).status == 200
    assert shop.send("GET", "/x", headers={"A": "1"}).status == 401
    assert len(shop.calls) == 1
    event = json.loads(shop.calls[0].body)
    assert (event["type"], event["queryStringParameters"]) == ("REQUEST", {"b": "1"})
    assert event["stageVariables"] == {"v": "1"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"authorizerUri": "arn:aws:apigateway:us-east-1:sqs:path/x"}, "authorizerUri"),
        ({"authorizerResultTtlInSeconds": 3601}, "TtlInSeconds"),
        ({"type": "request"}, "identitySource"),
        ({"identityValidationExpression": "("}, "identityValidationExpression"),
    ],
)
def test_an_authorizer_that_cannot_work_is_refused_at_load(more: dict[str, Any], says: str) -> None:
    """By name."""
    with pytest.raises(ConfigError, match=f"'Judge': .*{says}"):
        authorized(**{"kind": more.get("type", "token"), **{k: v for k, v in more.items() if k != "type"}})


def test_the_context_reaches_templates_and_the_key_comes_from_the_authorizer() -> None:
    """$context.authorizer.x as strings; usageIdentifierKey is the API key where the document says so."""
    template = {"application/json": '{"statusCode": 200}'}
    shown = {"application/json": "$context.authorizer.principalId $context.authorizer.n $context.authorizer.t"}
    mock = {"type": "mock", "requestTemplates": template, "responses": {"default": {"responseTemplates": shown}}}
    scheme = {
        "Judge": {"type": "apiKey", "name": "A", "in": "header", "x-amazon-apigateway-authtype": "custom",
                  "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": URI}},
        "Key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    }  # fmt: skip
    operation = method(mock, security=[{"Judge": []}, {"Key": []}])
    given = document({"/x": {"get": operation}}, components={"securitySchemes": scheme},
                     **{"x-amazon-apigateway-api-key-source": "AUTHORIZER"})  # fmt: skip
    shop = Gateway(given, said(context={"n": 1.5, "t": False}, usageIdentifierKey="k" * 20), plans=keyed("k" * 20))
    answer = shop.send("GET", "/x", headers={"A": "a", "x-api-key": "wrong"})
    assert (answer.status, answer.body) == (200, b"u 1.5 false")
    shop.answer = said()
    assert shop.send("GET", "/x", headers={"A": "b", "x-api-key": "k" * 20}).status == 403


def keyed(value: str) -> Any:
    from services.gateway.usage import Admission, ApiKey, Plans, UsagePlan

    return Plans((Admission(ApiKey("key", value), UsagePlan("plan")),))
