"""A WebSocket API in the SAM template, and where bootstrap says it is."""

import pytest

from bootstrap.apigatewayv2 import WebSocketApis
from bootstrap.export import template
from labs.declare import (
    Authorizer,
    Function,
    GetAtt,
    Integration,
    Lab,
    Route,
    Sub,
    WebSocketApi,
    WebSocketStage,
    invocation,
)
from tests.unit.bootstrap.test_export import PSEUDO, references

TOKENS = Authorizer("Tokens", invocation("Fn"), ("route.request.querystring.token",))
API = WebSocketApi(
    "Live",
    Name="live",
    Routes=(
        Route("$connect", Integration(invocation("Fn")), AuthorizerId=TOKENS),
        Route("start-game", Integration(invocation("Fn"), CredentialsArn=GetAtt("Fn", "Arn")), "$default"),
        Route(
            "$default",
            Integration(
                IntegrationType="MOCK",
                RequestTemplates={"200": '{"statusCode": 200}'},
                ResponseTemplates={"$default": "no such action"},
                TemplateSelectionExpression="200",
            ),
            "$default",
        ),
    ),
    Stages=(WebSocketStage("production", {"a": "b"}, {"ThrottlingRateLimit": 5}),),
)
LAB = Lab(
    "x", "x", (API, Function("Fn", "Fn", "x.handler", Environment={"URL": Sub("${Live.ApiEndpoint}/production")}))
)


def test_it_becomes_cloudformations_resources() -> None:
    """Api, routes with their integrations and responses, authorizer, permission, deployment, stage."""
    made = template(LAB)["Resources"]
    types = {name: one["Type"].removeprefix("AWS::ApiGatewayV2::") for name, one in made.items() if name != "Fn"}

    assert types == {
        "Live": "Api",
        "LiveConnectIntegration": "Integration",
        "LiveConnectRoute": "Route",
        "LiveStartGameIntegration": "Integration",
        "LiveStartGameRouteResponse": "RouteResponse",
        "LiveStartGameRoute": "Route",
        "LiveDefaultIntegration": "Integration",
        "LiveDefaultIntegrationResponse": "IntegrationResponse",
        "LiveDefaultRouteResponse": "RouteResponse",
        "LiveDefaultRoute": "Route",
        "LiveTokensAuthorizer": "Authorizer",
        "LiveFnPermission": "AWS::Lambda::Permission",
        "LiveProductionDeployment": "Deployment",
        "LiveProductionStage": "Stage",
    }
    assert made["Live"]["Properties"] == {
        "Name": "live", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action",
    }  # fmt: skip
    assert made["LiveConnectRoute"]["Properties"] == {
        "ApiId": {"Ref": "Live"},
        "RouteKey": "$connect",
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "LiveConnectIntegration"}]]},
        "AuthorizationType": "CUSTOM",
        "AuthorizerId": {"Ref": "LiveTokensAuthorizer"},
    }
    assert made["LiveTokensAuthorizer"]["Properties"]["IdentitySource"] == ["route.request.querystring.token"]
    assert made["LiveProductionDeployment"]["DependsOn"] == [
        "LiveConnectRoute", "LiveStartGameRoute", "LiveDefaultRoute",
    ]  # fmt: skip


def test_a_function_may_name_the_api_that_calls_it() -> None:
    """All references lead somewhere, and none of them in a circle."""
    resources = template(LAB)["Resources"]
    edges = {name: set(references(one)) - PSEUDO for name, one in resources.items()}
    assert all(targets <= set(resources) for targets in edges.values())
    while edges:
        ready = {name for name, targets in edges.items() if not targets & set(edges)}
        assert ready, f"in a circle: {sorted(edges)}"
        edges = {name: targets for name, targets in edges.items() if name not in ready}


def test_its_endpoint_is_the_gateways(monkeypatch: pytest.MonkeyPatch) -> None:
    """As boto3's variable names the gateway; with a stage it is what clients connect to."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_API_GATEWAY", "http://gateway:8000")
    found = WebSocketApis().put(API, None)

    assert found == {"Ref": "live", "ApiId": "live", "ApiEndpoint": "ws://gateway:8000/live"}
