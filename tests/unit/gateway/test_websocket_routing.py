"""What becomes of a connection's events, without a network."""

import json
from typing import Any

import orjson
import pytest

from cloud.errors import ConfigError
from labs.declare import Integration, Route, invocation
from services.gateway.messages import CallFailed, CallTimedOut, HttpCall
from services.gateway.websocket import events
from services.gateway.websocket.connection import BufferFull, Gone
from services.gateway.websocket.refusal import Refused, frame
from tests.unit.gateway.websocket_support import (
    COMPILER,
    NOW,
    TOKENS,
    Answers,
    Wire,
    client,
    connection,
    declared,
    deployment,
    handshake,
    route,
    routing,
)

ALLOW = {"Statement": {"Action": "*", "Effect": "Allow", "Resource": "*"}}
FULL_ALLOW = {"principalId": "ada", "policyDocument": ALLOW}
TOO_LONG = {**FULL_ALLOW, "context": {"a": "x" * 9000}}


def allow(resource: Any, effect: str = "Allow", action: Any = "execute-api:Invoke") -> dict[str, Any]:
    return {"Action": action, "Effect": effect, "Resource": resource}


async def authorized(answers: Answers, *query: tuple[str, str]) -> Any:
    """requestContext.authorizer after an authorizer's answer."""
    somebody = client()
    routes, _ = routing(answers)
    await routes.authorize(deployment(route("$connect", AuthorizerId=TOKENS)), somebody, handshake(*query))
    return somebody.authorizer


async def refusal(answers: Answers, *query: tuple[str, str]) -> int:
    with pytest.raises(Refused) as caught:
        await authorized(answers, *query)
    return caught.value.response.status


async def test_a_message_is_invoked_as_its_route_says() -> None:
    """Through Lambda's Invoke, with the event; $default takes what nothing else does; the clock is ours."""
    answers = Answers({"statusCode": 200})
    routes, metrics = routing(answers)
    held = connection(deployment(route("say"), route("$default")), Wire())
    await routes.message(held, '{"action": "say"}')
    await routes.message(held, "whatever")
    sent = [orjson.loads(call.body) for call in answers.calls]

    arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3AF"
    assert {call.path for call in answers.calls} == {f"/2015-03-31/functions/{arn}/invocations"}
    assert [event["requestContext"]["routeKey"] for event in sent] == ["say", "$default"]
    assert sent[1]["body"] == "whatever"
    assert sent[0]["requestContext"]["requestTimeEpoch"] == int((NOW + 1) * 1000)
    assert sent[0]["requestContext"]["requestTime"] == "14/Nov/2023:22:13:21 +0000"
    assert metrics.sums[("MessageCount", ("live", "prod", "say"))] == 1


@pytest.mark.parametrize(
    ("error", "counted"),
    [(CallTimedOut("slow"), "IntegrationError"), (CallFailed("down", unsent=True), "ExecutionError")],
)
async def test_a_function_that_cannot_be_asked_is_an_error_of_the_gateways_own(error: Exception, counted: str) -> None:
    """The client hears the same; the counts tell the two apart."""
    routes, metrics = routing(Answers(error))
    wire = Wire()
    await routes.message(connection(deployment(route("$default")), wire), "x")

    assert json.loads(wire.sent[0])["message"] == "Internal server error"
    assert metrics.sums[(counted, ("live", "prod", "$default"))] == 1


async def test_an_answer_for_a_client_that_has_left_is_dropped() -> None:
    """Nobody is left to be told."""
    routes, _ = routing(Answers({"body": "x"}))
    held = connection(deployment(route("$default", "$default")), Wire(broken=True))
    await routes.message(held, "x")
    with pytest.raises(Gone):
        await held.post("x", NOW)


async def test_only_an_open_connection_that_is_read_takes_posts() -> None:
    """Not before it is accepted, not once its end has begun, not while its client's buffer is full."""
    wire = Wire()
    held = connection(deployment(), wire)
    wire.full = True
    with pytest.raises(BufferFull):
        await held.post("x", NOW)
    wire.full, held.opened = False, False
    with pytest.raises(Gone):
        await held.post("x", NOW)
    held.opened = True
    await held.close((1000, "a"))
    await held.close((1001, "b"))
    with pytest.raises(Gone):
        await held.post("x", NOW)

    assert (wire.sent, wire.closes) == ([], [(1000, "a")])


async def test_what_the_authorizer_says_is_in_every_later_event() -> None:
    """principalId and the context's values as strings."""
    context = {"name": "é", "n": 1, "half": 0.5, "yes": True}
    passed = await authorized(Answers({**FULL_ALLOW, "context": context}), ("token", "t"))

    assert {**passed, "integrationLatency": 0} == {
        "principalId": "ada", "name": "é", "n": "1", "half": "0.5", "yes": "true", "integrationLatency": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "status"),
    [
        ([allow("arn:aws:execute-api:us-east-1:000000000000:live/prod/$connect")], 200),
        ([allow("arn:aws:execute-api:*:*:live/*")], 200),
        ([allow(["arn:x", "*/$connec?"], action=["execute-api:*"])], 200),
        ([allow("arn:aws:execute-api:*:*:live/*/$disconnect")], 403),
        ([allow("*", action="lambda:*")], 403),
        ([allow("*"), allow("*live/prod*", "Deny")], 403),
        ([allow("*", "Deny")], 403),
        ([], 500),
        (["no statement"], 500),
    ],
)
async def test_a_policy_is_evaluated_for_the_connects_method(statements: Any, status: int) -> None:
    """Wildcards reach across slashes; a deny wins; what is not allowed is denied; what is no policy is 500."""
    answer = {"principalId": "ada", "policyDocument": {"Statement": statements}}
    if status == 200:
        assert await authorized(Answers(answer), ("token", "t"))
    else:
        assert await refusal(Answers(answer), ("token", "t")) == status


@pytest.mark.parametrize(
    "answer",
    [
        None, [], "x", {}, {"principalId": "", "policyDocument": ALLOW}, {"principalId": "ada", "policyDocument": "x"},
        {**FULL_ALLOW, "context": {"a": []}}, {**FULL_ALLOW, "context": [1]}, TOO_LONG,
        CallTimedOut("slow"), CallFailed("down"),
    ],
)  # fmt: skip
async def test_an_authorizer_without_a_decision_is_500(answer: Any) -> None:
    """No object, no principal, no policy, a context that is not flat, more than 8 KB, no answer at all."""
    assert await refusal(Answers(answer), ("token", "t")) == 500


@pytest.mark.parametrize("status", [99, 100, "101", 600, "9" * 5000, True, "", None])
async def test_a_handshake_is_answered_whatever_status_connect_gives(status: Any) -> None:
    """502 for what is none: after 1xx a client would wait for the answer itself."""
    routes, _ = routing(Answers({"statusCode": status}))
    with pytest.raises(Refused) as refused:
        await routes.connect(deployment(route("$connect")), client(), handshake())

    assert refused.value.response.status == 502
    for good, given in ((204, 204), ("201", 201)):
        routes, _ = routing(Answers({"statusCode": good}))
        assert (await routes.connect(deployment(route("$connect")), client(), handshake())).status == given


async def test_an_empty_token_is_not_shown_to_the_authorizer() -> None:
    """401, and no call."""
    answers = Answers(FULL_ALLOW)

    assert [await refusal(answers), await refusal(answers, ("token", ""))] == [401, 401]
    assert answers.calls == []


async def test_an_http_integration_maps_parameters() -> None:
    """Path, query and headers from context, body, literals and stage variables; what is missing is left out."""
    target = Integration(
        IntegrationType="HTTP",
        IntegrationMethod="PUT",
        IntegrationUri="http://${stageVariables.host}/c/{id}",
        RequestParameters={
            "integration.request.path.id": "context.connectionId",
            "integration.request.querystring.a": "route.request.body.list[1]",
            "integration.request.querystring.b": "route.request.body.nothing",
            "integration.request.header.ip": "context.identity.sourceIp",
            "integration.request.header.v": "stageVariables.host",
        },
        RequestTemplates={"$default": '{"wrapped": $input.json("$.list")}'},
    )
    answers = Answers({"ok": True})
    routes, _ = routing(answers)
    wire = Wire()
    served = deployment(Route("$default", target, "$default"), variables={"host": "h:1"})
    held = connection(served, wire)
    held.client.variables = served.variables
    await routes.message(held, '{"list": [1, "b c"]}')

    assert answers.http_calls == [
        HttpCall(
            "PUT",
            "http://h:1/c/AAAAAAAAAAAAAAA%3D?a=b+c",
            b'{"wrapped": [1,"b c"]}',
            [("Content-Type", "application/json"), ("ip", "127.0.0.1"), ("v", "h:1")],
        )
    ]
    assert wire.sent == ['{"ok":true}']


def test_a_frame_is_spaced_as_aws_spaces_it() -> None:
    """Some clients compare text."""
    assert frame("Forbidden", "C=", "R=") == '{"message": "Forbidden", "connectionId":"C=", "requestId":"R="}'


def test_ids_look_like_aws_and_repeat_never() -> None:
    """Sixteen characters, the last an equals sign, safe in a path but for that one, not led by a hyphen."""
    ids = {events.new_id() for _ in range(2000)}

    assert len(ids) == 2000
    assert all(len(one) == 16 and one[-1] == "=" and one[0] not in "-_" and "/" not in one for one in ids)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (route("$default", "$other"), "RouteResponseSelectionExpression"),
        (route("say", AuthorizerId=TOKENS), "only \\$connect"),
        (Route("$default", Integration("http://x", "AWS")), "IntegrationType AWS"),
        (Route("$default", Integration("http://x")), "uri"),
        (Route("$default", Integration(invocation("Nobody"))), "Nobody"),
        (
            Route("$default", Integration("http://x", "HTTP", RequestParameters={"integration.request.body.x": "'a'"})),
            "integration.request.body.x",
        ),
        (
            Route("$default", Integration("http://x", "HTTP", RequestParameters={"integration.request.path.x": "a.b"})),
            "no such source",
        ),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(wrong: Route, named: str) -> None:
    """When the API is loaded, with the route."""
    with pytest.raises(ConfigError, match=named) as caught:
        COMPILER.api(declared(wrong))
    assert wrong.RouteKey in str(caught.value)
