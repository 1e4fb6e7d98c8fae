"""What a lab declares of a WebSocket API. Shapes and names are CloudFormation's (AWS::ApiGatewayV2::...), nested.

An API stands before the functions that it calls, and may be named by them: what its routes refer to is looked up when
they are called, so that the two do not wait for one another. A lab's wiring imports all of this from labs.declare.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.values import Resource, Sub, Value


def invocation(function: str) -> Sub:
    """The URI by which API Gateway invokes a function of the lab, by its logical id."""
    path = f"2015-03-31/functions/${{{function}.Arn}}/invocations"
    return Sub(f"arn:aws:apigateway:${{AWS::Region}}:lambda:path/{path}")


@dataclass(frozen=True)
class Integration:
    """AWS::ApiGatewayV2::Integration: AWS_PROXY (a Lambda function), MOCK, HTTP or HTTP_PROXY.

    IntegrationUri: invocation("Function") or an HTTP address. RequestTemplates: by template key, "$default" for the one
    that always holds. ResponseTemplates: the ones of its AWS::ApiGatewayV2::IntegrationResponse "$default".
    RequestParameters: "integration.request.header.x": "context.connectionId".
    """

    IntegrationUri: Value = ""
    IntegrationType: str = "AWS_PROXY"
    IntegrationMethod: str = "POST"
    CredentialsArn: Value = ""
    """The role that API Gateway takes on; without one the export gives it leave to invoke the function."""
    RequestTemplates: Mapping[str, str] = field(default_factory=dict)
    RequestParameters: Mapping[str, str] = field(default_factory=dict)
    ResponseTemplates: Mapping[str, str] = field(default_factory=dict)
    TemplateSelectionExpression: str = ""
    TimeoutInMillis: int = 29_000


@dataclass(frozen=True)
class Authorizer:
    """AWS::ApiGatewayV2::Authorizer of type REQUEST, for $connect: a Lambda function decides who may come in.

    IdentitySource: "route.request.header.X", "route.request.querystring.X"; what lacks one is 401 without asking.
    """

    Name: str
    AuthorizerUri: Value
    IdentitySource: tuple[str, ...] = ()
    AuthorizerCredentialsArn: Value = ""


@dataclass(frozen=True)
class Route:
    """AWS::ApiGatewayV2::Route. RouteKey: "$connect", "$disconnect", "$default" or what the expression selects.

    RouteResponseSelectionExpression: "$default" makes it two-way: what the integration answers goes to the caller.
    AuthorizerId: of $connect alone; the route's AuthorizationType is then CUSTOM.
    """

    RouteKey: str
    Target: Integration
    RouteResponseSelectionExpression: str = ""
    AuthorizerId: Authorizer | None = None


@dataclass(frozen=True)
class WebSocketStage:
    """AWS::ApiGatewayV2::Stage. DefaultRouteSettings: ThrottlingRateLimit (messages a second), ThrottlingBurstLimit."""

    StageName: str
    StageVariables: Mapping[str, str] = field(default_factory=dict)
    DefaultRouteSettings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WebSocketApi(Resource):
    """AWS::ApiGatewayV2::Api of ProtocolType WEBSOCKET with its routes and stages. Ref: its id, which here is Name.

    GetAtt: ApiEndpoint, which with a stage is what clients connect to ("ws://localhost:8000/<Name>"; wss on AWS); with
    http for ws it is where the @connections API is. ApiId.
    """

    Name: str
    Routes: tuple[Route, ...]
    Stages: tuple[WebSocketStage, ...]
    RouteSelectionExpression: str = "$request.body.action"
