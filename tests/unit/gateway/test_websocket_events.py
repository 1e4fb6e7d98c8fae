"""The events of WebSocket APIs, as somebody else reads them, and paths of @connections."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models import apigw_websocket
from prometheus_client import CollectorRegistry

from labs.declare import Lab, Route
from services.gateway.messages import Reply, ServiceCall
from services.gateway.outbound import Outbound
from services.gateway.websocket import events, replica
from services.gateway.websocket.limits import Limits
from services.gateway.websocket.management import Management
from tests.unit.gateway.websocket_support import NOW, admit, client, declared, deployment, handshake, route

MODELS: dict[str, Any] = {
    "CONNECT": apigw_websocket.APIGatewayWebSocketConnectEventModel,
    "MESSAGE": apigw_websocket.APIGatewayWebSocketMessageEventModel,
    "DISCONNECT": apigw_websocket.APIGatewayWebSocketDisconnectEventModel,
}


@pytest.mark.parametrize(
    "event",
    [
        events.connect(client(user_agent="a"), handshake(("a", "1"), cookie="x"), NOW),
        events.message(client(), "say", "{}", NOW),
        events.disconnect(client(), 1001, "Going away", NOW),
    ],
)
def test_powertools_reads_our_events(event: Any) -> None:
    """Its models are strict about keys and types of what AWS sends."""
    kind = event["requestContext"]["eventType"]
    read = MODELS[kind].model_validate(event)

    assert read.request_context.connection_id == client().connection_id
    assert read.request_context.connected_at.timestamp() == pytest.approx(NOW)


def test_headers_are_spelt_as_clients_spell_them() -> None:
    """Servers here get them in lower case; what belongs to one hop is left out."""
    given = handshake(sec_websocket_key="k", connection="Upgrade", upgrade="websocket", user_agent="u", x_own="1")
    headers = events.connect(client(), given, NOW)["headers"]

    assert {name: headers[name] for name in ("Host", "Sec-WebSocket-Key", "User-Agent", "X-Own")} == {
        "Host": "localhost:8000", "Sec-WebSocket-Key": "k", "User-Agent": "u", "X-Own": "1",
    }  # fmt: skip
    assert not {"Connection", "Upgrade"} & set(headers)
    assert (headers["X-Forwarded-For"], headers["X-Forwarded-Port"]) == ("127.0.0.1", "8000")


def test_stage_variables_are_in_events_when_the_stage_has_some() -> None:
    """And the key is absent when it has none."""
    having = client(variables={"a": "b"})

    assert events.message(having, "say", "x", NOW)["stageVariables"] == {"a": "b"}
    assert "stageVariables" not in events.message(client(), "say", "x", NOW)


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/live/prod/@connections/A=", True),
        ("/prod/@connections/A=", True),
        ("/@connections/A=", True),
        ("/live/other/@connections/A=", False),
        ("/shop/prod/@connections/A=", False),
        ("/live/prod/more/@connections/A=", False),
        ("/live/prod/connections/A=", False),
        ("/live/prod/@connections", False),
    ],
)
def test_paths_of_connections_are_told_from_those_of_rest_apis(path: str, ours: bool) -> None:
    """A REST API may have such a path of its own."""
    lab = Lab("x", "x", (declared(route("say"), Route("$default", route("say").Target)),))
    outbound = Outbound(lambda _service: "http://127.0.0.1:9", None, "us-east-1")
    place = replica.Place("us-east-1", "http://127.0.0.1:8000")
    built = replica.build([lab], outbound, place, Limits(), CollectorRegistry(), admit=admit)
    built.catalogue.deployments[("live", "prod")] = deployment()

    assert Management(built).serves(path) is ours


async def test_a_lab_without_outputs_is_missing_by_name() -> None:
    """Until bootstrap has written them; then its stages are served."""
    answers = [b'{"__type": "ParameterNotFound", "message": "no"}', b'{"Parameter": {"Value": "%s"}}']
    outputs = b'{\\"F\\": {\\"Arn\\": \\"arn:aws:lambda:us-east-1:0:function:F\\"}}'

    class Ssm(Outbound):
        async def call(self, call: ServiceCall) -> Reply:
            first = len(answers) == 2
            body = answers.pop(0)
            return Reply(400, {}, body) if first else Reply(200, {}, body.replace(b"%s", outputs))

    lab = Lab("wired", "x", (declared(route("say")),))
    place = replica.Place("us-east-1", "http://127.0.0.1:8000")
    outbound = Ssm(lambda _service: "http://127.0.0.1:9", None, "us-east-1")
    catalogue = replica.build([lab], outbound, place, Limits(), CollectorRegistry(), admit=admit).catalogue
    await catalogue.refresh()
    assert catalogue.missing == ["WebSocket API of wired: no parameter /fogbank/wired/outputs"]
    await catalogue.refresh()

    assert (catalogue.missing, list(catalogue.deployments)) == ([], [("live", "prod")])
