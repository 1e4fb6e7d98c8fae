"""A WebSocket API as the resources that CloudFormation makes of it: API, routes, integrations, authorizers, stages.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from labs.values import Sub, Value
from labs.websocket import Authorizer, Integration, Route, WebSocketApi, WebSocketStage

Write = Callable[[Any], Any]
"""A declared value as a template writes it."""
_FUNCTION = re.compile(r"functions/\$\{(\w+)\.Arn\}/invocations")


def resources(api: WebSocketApi, write: Write) -> dict[str, Any]:
    """Logical id -> resource, of all that the API's declaration stands for but the API itself."""
    made: dict[str, Any] = {}
    for route in api.Routes:
        made |= _route(api, route, write)
    for authorizer in _authorizers(api):
        made[_id(api, authorizer.Name, "Authorizer")] = _authorizer(api, authorizer, write)
    for function in sorted(set(_invoked(api))):
        made[_id(api, function, "Permission")] = _permission(api, function)
    for stage in api.Stages:
        made |= _stage(api, stage, write)
    return made


def properties(api: WebSocketApi) -> dict[str, Any]:
    """The properties of AWS::ApiGatewayV2::Api."""
    expression = api.RouteSelectionExpression
    return {"Name": api.Name, "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": expression}


def url(api: WebSocketApi, stage: WebSocketStage) -> dict[str, str]:
    """Where clients connect to."""
    return {"Fn::Sub": f"${{{api.logical_id}.ApiEndpoint}}/{stage.StageName}"}


def _route(api: WebSocketApi, route: Route, write: Write) -> dict[str, Any]:
    integration = _id(api, route.RouteKey, "Integration")
    declared: dict[str, Any] = {
        "ApiId": {"Ref": api.logical_id},
        "RouteKey": route.RouteKey,
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": integration}]]},
        "AuthorizationType": "CUSTOM" if route.AuthorizerId else "NONE",
    }
    if route.AuthorizerId:
        declared["AuthorizerId"] = {"Ref": _id(api, route.AuthorizerId.Name, "Authorizer")}
    made = {integration: _integration(api, route.Target, write)}
    if route.Target.ResponseTemplates:
        made[f"{integration}Response"] = _integration_response(api, integration, route.Target)
    if route.RouteResponseSelectionExpression:
        declared["RouteResponseSelectionExpression"] = route.RouteResponseSelectionExpression
        made[_id(api, route.RouteKey, "RouteResponse")] = _route_response(api, route)
    made[_id(api, route.RouteKey, "Route")] = _resource("Route", declared)
    return made


def _integration(api: WebSocketApi, integration: Integration, write: Write) -> dict[str, Any]:
    declared = {name: value for name, value in vars(integration).items() if value and name != "ResponseTemplates"}
    if integration.IntegrationType == "MOCK":
        declared.pop("IntegrationMethod", None)
    return _resource("Integration", {"ApiId": {"Ref": api.logical_id}, **write(declared)})


def _integration_response(api: WebSocketApi, logical_id: str, integration: Integration) -> dict[str, Any]:
    declared = {
        "ApiId": {"Ref": api.logical_id},
        "IntegrationId": {"Ref": logical_id},
        "IntegrationResponseKey": "$default",
        "ResponseTemplates": dict(integration.ResponseTemplates),
        "TemplateSelectionExpression": integration.TemplateSelectionExpression or "\\$default",
    }
    return _resource("IntegrationResponse", declared)


def _route_response(api: WebSocketApi, route: Route) -> dict[str, Any]:
    declared = {
        "ApiId": {"Ref": api.logical_id},
        "RouteId": {"Ref": _id(api, route.RouteKey, "Route")},
        "RouteResponseKey": "$default",
    }
    return _resource("RouteResponse", declared)


def _authorizers(api: WebSocketApi) -> list[Authorizer]:
    named = {route.AuthorizerId.Name: route.AuthorizerId for route in api.Routes if route.AuthorizerId}
    return list(named.values())


def _authorizer(api: WebSocketApi, authorizer: Authorizer, write: Write) -> dict[str, Any]:
    declared = {name: value for name, value in vars(authorizer).items() if value}
    return _resource("Authorizer", {"ApiId": {"Ref": api.logical_id}, "AuthorizerType": "REQUEST", **write(declared)})


def _stage(api: WebSocketApi, stage: WebSocketStage, write: Write) -> dict[str, Any]:
    deployment, routes = (
        _id(api, stage.StageName, "Deployment"),
        [_id(api, one.RouteKey, "Route") for one in api.Routes],
    )
    declared = {name: value for name, value in vars(stage).items() if value}
    ids = {"ApiId": {"Ref": api.logical_id}, "DeploymentId": {"Ref": deployment}}
    of_api = _resource("Deployment", {"ApiId": {"Ref": api.logical_id}})
    # A deployment is a picture of the routes: it waits for them.
    return {
        deployment: of_api | {"DependsOn": routes},
        _id(api, stage.StageName, "Stage"): _resource("Stage", {**ids, **write(declared)}),
    }


def _invoked(api: WebSocketApi) -> Iterator[str]:
    """The functions that nothing but a permission of theirs lets the API invoke."""
    targets: list[tuple[Value, Value]] = [(one.Target.IntegrationUri, one.Target.CredentialsArn) for one in api.Routes]
    targets += [(one.AuthorizerUri, one.AuthorizerCredentialsArn) for one in _authorizers(api)]
    for uri, credentials in targets:
        if isinstance(uri, Sub) and not credentials:
            yield from _FUNCTION.findall(uri.text)


def _permission(api: WebSocketApi, function: str) -> dict[str, Any]:
    source = f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api.logical_id}}}/*"
    declared = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": function},
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": source},
    }
    return {"Type": "AWS::Lambda::Permission", "Properties": declared}


def _resource(kind: str, declared: dict[str, Any]) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": declared}


def _id(api: WebSocketApi, name: str, kind: str) -> str:
    """A logical id: "$connect" -> LiveConnectRoute, "start-game" -> LiveStartGameRoute."""
    words = "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", name))
    return f"{api.logical_id}{words}{kind}"
