"""An OpenAPI 3.0 document with AWS's extensions, compiled: everything that can be decided once is decided here.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from cloud.errors import ConfigError
from services.gateway.authorizer import Authorizer
from services.gateway.exchange import ACCOUNT
from services.gateway.integration import Integration
from services.gateway.integration.aws import Protocol, compile_aws
from services.gateway.integration.http import compile_http
from services.gateway.integration.lambda_proxy import compile_lambda_proxy
from services.gateway.integration.mock import compile_mock
from services.gateway.mapping import compile_source
from services.gateway.policy import Policy, compile_policy
from services.gateway.responses import Customised, compile_gateway_responses
from services.gateway.routes import VERBS, Routes
from services.gateway.security import Security
from services.gateway.swagger import upgraded
from services.gateway.validation import Validator, compile_validator

Protocols = Callable[[str], Protocol]

_ANY = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"
_KEY_SOURCE = "x-amazon-apigateway-api-key-source"
_TYPES = "mock, aws, aws_proxy, http, http_proxy"
_MISSHAPEN = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True)
class Method:
    """One verb on one resource, ready to serve."""

    resource_path: str
    resource_id: str
    verb: str
    authorizer: Authorizer | None
    scopes: frozenset[str]
    validator: Validator
    integration: Integration
    cache_parameters: tuple[str, ...] = ()
    key_required: bool = False


@dataclass(frozen=True)
class Api:
    """One API. customised: its gateway responses; binary_types: lower-case media types that travel as base64.

    key_from_authorizer: whether API keys come from the authorizer instead of a header; policy: the API's own.
    """

    name: str
    deployment_id: str
    routes: Routes[Method]
    customised: Mapping[str, Customised] = field(default_factory=dict)
    binary_types: tuple[str, ...] = ()
    key_from_authorizer: bool = False
    policy: Policy | None = None

    @property
    def issuers(self) -> frozenset[str]:
        """The token issuers that any method trusts."""
        return frozenset(
            issuer for method in self.routes.all() if method.authorizer for issuer in method.authorizer.issuers
        )


def compile_api(name: str, document: Mapping[str, Any], protocols: Protocols, region: str = "us-east-1") -> Api:
    """name: of the API; document: parsed, OpenAPI 3.0 or Swagger 2.0, with everything substituted.

    Raises ConfigError, which says where: "POST /v1/updatestatus: ...", for whatever is wrong or not supported.
    """
    try:
        return _compiled(name, document, protocols, region)
    except _MISSHAPEN as error:
        raise ConfigError(f"the document is not shaped as OpenAPI: {error}") from error


def _compiled(name: str, document: Mapping[str, Any], protocols: Protocols, region: str) -> Api:
    deployment_id = sha256(orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)).hexdigest()[:6]
    document = upgraded(document)
    _check_version(document)
    compiler = Compiler(document, protocols)
    source = str(document.get(_KEY_SOURCE) or "HEADER").upper()
    if source not in {"HEADER", "AUTHORIZER"}:
        raise ConfigError(f"{_KEY_SOURCE} {source!r} is neither HEADER nor AUTHORIZER")
    policy = document.get("x-amazon-apigateway-policy")
    return Api(
        name=name,
        deployment_id=deployment_id,
        routes=Routes(compiler.methods()),
        customised=compile_gateway_responses(document.get("x-amazon-apigateway-gateway-responses") or {}),
        binary_types=tuple(kind.lower() for kind in document.get("x-amazon-apigateway-binary-media-types") or ()),
        key_from_authorizer=source == "AUTHORIZER",
        policy=compile_policy(policy, f"arn:aws:execute-api:{region}:{ACCOUNT}:{name}/") if policy else None,
    )


def _cache_parameters(integration: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells cached answers apart; parameters of the integration's request by their mapping."""
    mapped = integration.get("requestParameters") or {}
    sources = [str(mapped.get(name, name)) for name in integration.get("cacheKeyParameters") or ()]
    for source in sources:
        compile_source(source)
    return tuple(sources)


def _check_version(document: Mapping[str, Any]) -> None:
    version = str(document.get("openapi", ""))
    if not version.startswith("3.0"):
        raise ConfigError(f"the document must be OpenAPI 3.0.x, it says {version or 'nothing'}")


class Compiler:
    """Walks one document, OpenAPI 3.0."""

    def __init__(self, document: Mapping[str, Any], protocols: Protocols) -> None:
        self.document = document
        self.protocols = protocols
        self.security = Security((document.get("components") or {}).get("securitySchemes") or {})
        self.flags = document.get("x-amazon-apigateway-request-validators") or {}

    def methods(self) -> Iterator[tuple[str, str, Method]]:
        for path, item in (self.document.get("paths") or {}).items():
            for key in item:
                if key == _ANY or str(key).upper() in VERBS:
                    yield self._located(path, key, item)

    def _located(self, path: str, key: str, item: Mapping[str, Any]) -> tuple[str, str, Method]:
        verb = "ANY" if key == _ANY else key.upper()
        try:
            return path, verb, self.method(path, key, item)
        except ConfigError as error:
            raise ConfigError(f"{verb} {path}: {error}") from error

    def method(self, path: str, key: str, item: Mapping[str, Any]) -> Method:
        """The operation under a key of a path item. Raises ConfigError, also for what is no OpenAPI at all."""
        try:
            return self._method(path, "ANY" if key == _ANY else key.upper(), item, item[key])
        except _MISSHAPEN as error:
            raise ConfigError(f"not shaped as OpenAPI: {error}") from error

    def _method(self, path: str, verb: str, item: Mapping[str, Any], operation: Mapping[str, Any]) -> Method:
        integration = operation.get(_INTEGRATION)
        if integration is None:
            raise ConfigError(f"no {_INTEGRATION}")
        demand = self.security.of(operation)
        parameters = [*(item.get("parameters") or ()), *(operation.get("parameters") or ())]
        return Method(
            resource_path=path,
            resource_id=sha256(path.encode()).hexdigest()[:6],
            verb=verb,
            authorizer=demand.authorizer,
            scopes=demand.scopes,
            key_required=demand.key_required,
            validator=compile_validator(self._validator_flags(operation), operation, parameters, self.document),
            integration=self._integration(integration),
            cache_parameters=_cache_parameters(integration),
        )

    def _validator_flags(self, operation: Mapping[str, Any]) -> Mapping[str, Any]:
        key = "x-amazon-apigateway-request-validator"
        name = operation.get(key, self.document.get(key))
        if name is None:
            return {}
        if name not in self.flags:
            raise ConfigError(f"request validator {name!r} is not declared")
        flags: Mapping[str, Any] = self.flags[name]
        return flags

    def _integration(self, integration: Mapping[str, Any]) -> Integration:
        kind = str(integration.get("type", "")).lower()
        if kind == "mock":
            return compile_mock(integration)
        if kind == "aws":
            return compile_aws(integration, self.protocols)
        if kind == "aws_proxy":
            return compile_lambda_proxy(integration)
        if kind in {"http", "http_proxy"}:
            return compile_http(integration)
        raise ConfigError(f"integration type {kind or 'none'} is not supported; {_TYPES} are")
