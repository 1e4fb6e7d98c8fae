"""A lab of the tests' own, with a WebSocket API in all its kinds, and the gateway that serves it alone.

`python -m tests.contract.websocket_lab` is the gateway, as services/gateway/__main__.py starts it, with this lab.
"""

import os
from pathlib import Path

from cloud import log, serve
from labs.declare import Authorizer, Integration, Lab, Route, WebSocketApi, WebSocketStage, invocation
from services.gateway import services
from services.gateway.app import SERVING, create_app
from services.gateway.catalogue import Source
from services.gateway.outbound import Outbound
from services.gateway.settings import from_env

FUNCTIONS = ("Authorize", "Connect", "Message", "Reply", "Disconnect")
MOCK = Integration(
    IntegrationType="MOCK",
    TemplateSelectionExpression="200",
    RequestTemplates={"200": '{"statusCode": 200, "said": $input.json("$")}'},
    ResponseTemplates={
        "$default": '{"said": $input.json("$.said"), "on": "$context.routeKey", "v": "$stageVariables.v"}'
    },
)
HTTP = Integration(
    IntegrationType="HTTP_PROXY",
    IntegrationUri="http://${stageVariables.backend}/posted/{id}",
    RequestParameters={
        "integration.request.path.id": "context.connectionId",
        "integration.request.header.x-action": "route.request.body.action",
        "integration.request.querystring.fixed": "'a b'",
    },
)


def call(function: str) -> Integration:
    """The proxy integration of a function."""
    return Integration(invocation(function))


def lab(backend: str) -> Lab:
    """backend: host and port that the HTTP integration goes to."""
    guarded = Authorizer("Tokens", invocation("Authorize"), ("route.request.querystring.token",))
    by_header = Authorizer("Headers", invocation("Authorize"), ("route.request.header.X-Token",))
    stages = (WebSocketStage("production", StageVariables={"v": "1", "backend": backend}),)
    routes = (
        Route("$connect", call("Connect")),
        Route("$disconnect", call("Disconnect")),
        Route("say", call("Message")),
        Route("ask", call("Reply"), "$default"),
    )
    return Lab(
        name="wired",
        about="WebSocket APIs for tests",
        resources=(
            WebSocketApi("Plain", Name="plain", Routes=routes, Stages=stages),
            WebSocketApi(
                "Guarded",
                Name="guarded",
                Routes=(Route("$connect", call("Connect"), AuthorizerId=guarded), *routes[1:]),
                Stages=(WebSocketStage("production"),),
            ),
            WebSocketApi(
                "ByHeader",
                Name="by-header",
                Routes=(Route("$connect", call("Connect"), AuthorizerId=by_header),),
                Stages=(WebSocketStage("production"),),
            ),
            WebSocketApi(
                "Composed",
                Name="composed",
                RouteSelectionExpression="${request.body.service}/${request.body.verb}",
                Routes=(
                    Route("$default", call("Reply"), "$default"),
                    Route("games/start", call("Reply"), "$default"),
                    Route("mock/", MOCK, "$default"),
                    Route("http/", HTTP, "$default"),
                ),
                Stages=stages,
            ),
            WebSocketApi(
                "Slow",
                Name="slow",
                Routes=(Route("$default", MOCK, "$default"),),
                Stages=(
                    WebSocketStage(
                        "production", DefaultRouteSettings={"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}
                    ),
                ),
            ),
        ),
    )


def main() -> None:
    """Serve until SIGTERM."""
    settings = from_env(os.environ)
    log.setup("gateway", settings.log_level)
    outbound = Outbound(services.endpoint, services.credentials(), settings.region)
    app = create_app(settings, [Source(lab(os.environ["BACKEND"]), Path())], outbound, services.protocol)
    serve.run(app, host=settings.bind, port=settings.port, hosts=settings.hosts, **SERVING)


if __name__ == "__main__":
    main()
