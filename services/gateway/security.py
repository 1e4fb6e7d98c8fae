"""What an operation's `security` asks for: an authorizer, an API key, both, or nothing.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloud.errors import ConfigError
from services.gateway.authorizer import Authorizer, compile_authorizer
from services.gateway.iam import IamAuthorizer
from services.gateway.lambda_authorizer import compile_lambda_authorizer

_AUTHTYPE = "x-amazon-apigateway-authtype"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_AUTH = "x-amazon-apigateway-auth"
_IAM = IamAuthorizer()


@dataclass(frozen=True)
class Demand:
    """What a method asks of its callers."""

    authorizer: Authorizer | None = None
    scopes: frozenset[str] = frozenset()
    key_required: bool = False


class Security:
    """schemes: the document's components.securitySchemes."""

    def __init__(self, schemes: Mapping[str, Mapping[str, Any]]) -> None:
        self._schemes = schemes
        self._compiled: dict[str, Authorizer | None] = {}

    def of(self, operation: Mapping[str, Any]) -> Demand:
        """The operation's own demand; that of the whole document is ignored, as AWS's importer does. ConfigError."""
        authorizer, scopes, key_required = self._auth(operation), frozenset[str](), False
        for requirement in operation.get("security") or ():
            for name, named_scopes in requirement.items():
                found = self._authorizer(name)
                if found is None:
                    key_required = True
                elif authorizer is not None and authorizer is not found:
                    raise ConfigError("more than one authorizer, a method has one at most")
                else:
                    authorizer, scopes = found, frozenset(named_scopes or ())
        return Demand(authorizer, scopes, key_required)

    def _auth(self, operation: Mapping[str, Any]) -> Authorizer | None:
        kind = str((operation.get(_AUTH) or {}).get("type", "NONE")).upper()
        if kind not in {"NONE", "AWS_IAM"}:
            raise ConfigError(f"{_AUTH}: type {kind} is not supported; NONE and AWS_IAM are")
        return _IAM if kind == "AWS_IAM" else None

    def _authorizer(self, name: str) -> Authorizer | None:
        """The scheme's authorizer; None: it is an API key."""
        if name not in self._compiled:
            scheme = self._schemes.get(name)
            if scheme is None:
                raise ConfigError(f"security scheme {name!r} is not declared")
            try:
                self._compiled[name] = _compiled(name, scheme)
            except ConfigError as error:
                raise ConfigError(f"security scheme {name!r}: {error}") from error
        return self._compiled[name]


def _compiled(name: str, scheme: Mapping[str, Any]) -> Authorizer | None:
    kind = str(scheme.get(_AUTHTYPE, "")).lower()
    declared = str((scheme.get(_AUTHORIZER) or {}).get("type", "")).lower()
    if kind == "awssigv4":
        return _IAM
    if "cognito_user_pools" in (kind, declared):
        return compile_authorizer(scheme)
    if declared in {"token", "request"}:
        return compile_lambda_authorizer(name, scheme)
    if kind or declared:
        raise ConfigError(f"{declared or kind} is not supported; cognito_user_pools, token, request, awsSigv4 are")
    if (str(scheme.get("name", "")).lower(), scheme.get("in")) != ("x-api-key", "header"):
        raise ConfigError("an API key is the header x-api-key, or the scheme needs " + _AUTHTYPE)
    return None
