"""A WebSocket API, compiled from its declaration: routes by key, and what chooses between them."""

from collections.abc import Mapping
from dataclasses import dataclass

from cloud.errors import ConfigError
from labs import websocket as declared
from labs.values import GetAtt, Ref, Sub, Value
from services.gateway.integration.uri import parse
from services.gateway.substitution import Outputs, substitute
from services.gateway.template import compile_template
from services.gateway.throttle import Limit
from services.gateway.websocket.authorizer import RequestAuthorizer, compile_authorizer
from services.gateway.websocket.exchange import Source, compile_source
from services.gateway.websocket.integrations import Http, Integration, LambdaProxy, Mock, Templates
from services.gateway.websocket.selection import Selection, compile_selection, parse_body

CONNECT, DISCONNECT, DEFAULT = "$connect", "$disconnect", "$default"


@dataclass(frozen=True)
class Route:
    """Where a message goes. two_way: what the integration answers goes back to the caller."""

    key: str
    integration: Integration
    two_way: bool = False
    authorizer: RequestAuthorizer | None = None


@dataclass(frozen=True)
class Api:
    """Routes by key."""

    name: str
    select: Selection
    routes: Mapping[str, Route]

    def route(self, message: str) -> Route | None:
        """The route of a message: by exact match of its key, else $default, else None."""
        key = self.select(parse_body(message))
        found = self.routes.get(key) if key not in {CONNECT, DISCONNECT} else None
        return found or self.routes.get(DEFAULT)


@dataclass(frozen=True)
class Deployment:
    """An API as one stage serves it. throttle: of messages, where the stage has one."""

    api: Api
    stage: str
    variables: Mapping[str, str]
    throttle: Limit | None = None


@dataclass(frozen=True)
class Compiler:
    """Compiles declarations. outputs: what the lab's resources are called, by logical id."""

    outputs: Outputs
    region: str

    def api(self, api: declared.WebSocketApi) -> Api:
        """Raises ConfigError, naming the route, for what cannot be served."""
        routes: dict[str, Route] = {}
        for route in api.Routes:
            try:
                routes[route.RouteKey] = self._route(route)
            except ConfigError as error:
                raise ConfigError(f"{api.Name}, route {route.RouteKey}: {error}") from error
        return Api(api.Name, compile_selection(api.RouteSelectionExpression), routes)

    def _route(self, route: declared.Route) -> Route:
        key, response = route.RouteKey, route.RouteResponseSelectionExpression
        if response not in {"", DEFAULT}:
            raise ConfigError(f"RouteResponseSelectionExpression {response!r}: only $default")
        if route.AuthorizerId and key != CONNECT:
            raise ConfigError("only $connect may have an authorizer")
        two_way = bool(response) and key not in {CONNECT, DISCONNECT}
        return Route(key, self._integration(route.Target), two_way, self._authorizer(route.AuthorizerId))

    def _authorizer(self, authorizer: declared.Authorizer | None) -> RequestAuthorizer | None:
        if authorizer is None:
            return None
        return compile_authorizer(self._function(authorizer.AuthorizerUri), authorizer.IdentitySource)

    def _integration(self, integration: declared.Integration) -> Integration:
        timeout = integration.TimeoutInMillis / 1000
        match integration.IntegrationType:
            case "AWS_PROXY":
                return LambdaProxy(self._function(integration.IntegrationUri), timeout)
            case "MOCK":
                return Mock(self._templates(integration))
            case "HTTP" | "HTTP_PROXY" as kind:
                uri, parameters = self._text(integration.IntegrationUri), _parameters(integration.RequestParameters)
                templates = self._templates(integration)
                return Http(integration.IntegrationMethod, uri, timeout, templates, parameters, kind == "HTTP_PROXY")
        raise ConfigError(f"IntegrationType {integration.IntegrationType} is not supported")

    def _templates(self, integration: declared.Integration) -> Templates:
        requests = {key: compile_template(text) for key, text in integration.RequestTemplates.items()}
        answer = integration.ResponseTemplates.get(DEFAULT)
        select = compile_selection(integration.TemplateSelectionExpression or "\\$default")
        return Templates(requests, select, compile_template(answer) if answer is not None else None)

    def _function(self, uri: Value) -> str:
        function = parse(self._text(uri)).function
        if function is None:
            raise ConfigError(f"{uri!r} invokes no function")
        return function

    def _text(self, value: Value) -> str:
        return str(substitute(_reference(value), self.outputs, self.region))


def _reference(value: Value) -> str:
    match value:
        case Ref(logical_id):
            return f"${{{logical_id}}}"
        case GetAtt(logical_id, attribute):
            return f"${{{logical_id}.{attribute}}}"
        case Sub(text):
            return text
        case _:
            return str(value)


def _parameters(declared_: Mapping[str, str]) -> tuple[tuple[str, str, Source], ...]:
    compiled = []
    for target, source in declared_.items():
        place, _, name = target.removeprefix("integration.request.").partition(".")
        if place not in {"header", "querystring", "path"} or not name:
            raise ConfigError(f"request parameter {target!r}: only integration.request.{{header,querystring,path}}.x")
        compiled.append((place, name, compile_source(source)))
    return tuple(compiled)
