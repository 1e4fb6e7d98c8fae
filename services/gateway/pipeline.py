"""The way of one request, in the order that AWS gives its steps. Pure: calls are yielded, their outcomes sent back in.

match -> authorize -> (API key, usage plan, throttle) -> validate -> cache -> integration -> gateway response on error

A step either lets the request go on or raises GatewayError; the steps in brackets are not built yet and belong there.
"""

import logging
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloud.log import line
from services.gateway.cache import CacheSettings, ResponseCache
from services.gateway.document import Api, Method
from services.gateway.exchange import Exchange, Ids
from services.gateway.jsonpath import BadPath
from services.gateway.keys import KeyRing
from services.gateway.mapping import compile_source
from services.gateway.messages import Call, CallFailed, CallTimedOut, Flow, Request, Response
from services.gateway.responses import GatewayError, render
from services.gateway.template import TemplateFailed

LOG = logging.getLogger(__name__)


@dataclass
class Deployment:
    """One API on one stage. variables: gives the stage variables as they are now; cached: settings by method."""

    api: Api
    stage: str
    variables: Callable[[], Mapping[str, str]]
    cached: Mapping[tuple[str, str], CacheSettings] = field(default_factory=dict)


@dataclass
class Pipeline:
    """What all requests share. clock: seconds since the epoch; new_ids: ids for a request."""

    ring: KeyRing
    cache: ResponseCache
    clock: Callable[[], float]
    new_ids: Callable[[], Ids]

    def begin(self, deployment: Deployment, request: Request) -> Exchange:
        """A request's state before the first step."""
        return Exchange(request, deployment.api, deployment.variables(), self.new_ids(), self.clock())

    def run(self, deployment: Deployment, exchange: Exchange) -> Flow:
        """From the request to the response, whatever happens in between."""
        try:
            response = yield from self._steps(deployment, exchange)
        except GatewayError as error:
            response = render(error, exchange, deployment.api.customised)
        except CallTimedOut:
            response = render(GatewayError("INTEGRATION_TIMEOUT"), exchange, deployment.api.customised)
        except CallFailed as error:
            LOG.warning(line("integration", path=exchange.request.path, error=error))
            response = render(GatewayError("INTEGRATION_FAILURE"), exchange, deployment.api.customised)
        except (TemplateFailed, BadPath) as error:
            LOG.warning(line("template", path=exchange.request.path, error=error))
            response = render(GatewayError("API_CONFIGURATION_ERROR"), exchange, deployment.api.customised)
        return _stamped(response, exchange)

    def _steps(self, deployment: Deployment, exchange: Exchange) -> Flow:
        method = _match(deployment.api, exchange)
        yield from self._authorize(method, exchange)
        method.validator.check(exchange)
        settings = deployment.cached.get((method.resource_path, method.verb))
        if settings is None:
            return (yield from method.integration.run(exchange))
        return (yield from self._cached(deployment, exchange, settings))

    def _authorize(self, method: Method, exchange: Exchange) -> Generator[Call, Any, None]:
        if method.authorizer is not None:
            exchange.claims = yield from method.authorizer.authorize(exchange, self.ring, method.scopes)

    def _cached(self, deployment: Deployment, exchange: Exchange, settings: CacheSettings) -> Flow:
        method = exchange.method
        values = (compile_source(parameter)(exchange, None) or "" for parameter in settings.parameters)
        api = deployment.api
        key = (api.name, api.deployment_id, deployment.stage, method.verb, method.resource_path, *values)
        known = self.cache.get(key)
        if known is not None:
            return Response(known.status, list(known.headers), known.body)
        response = yield from method.integration.run(exchange)
        if 200 <= response.status < 300:
            self.cache.put(key, Response(response.status, list(response.headers), response.body), settings.ttl)
        return response


def _match(api: Api, exchange: Exchange) -> Method:
    found = api.routes.match(exchange.request.segments, exchange.request.method)
    if found is None:
        raise GatewayError("MISSING_AUTHENTICATION_TOKEN")
    exchange.method, exchange.path_parameters = found
    return exchange.method


def _stamped(response: Response, exchange: Exchange) -> Response:
    response.headers.append(("x-amzn-RequestId", exchange.ids.request))
    response.headers.append(("x-amz-apigw-id", exchange.ids.extended))
    if exchange.traced:
        response.headers.append(("X-Amzn-Trace-Id", exchange.trace_id))
    return response
