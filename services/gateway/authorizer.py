"""The Cognito user pool authorizer: who is calling, from the token alone.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
"""

import re
import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import jwt

from cloud.errors import ConfigError
from services.gateway.iam import Credentials
from services.gateway.keys import Key, KeyRing, Verified
from services.gateway.messages import FetchKeys
from services.gateway.responses import GatewayError
from services.gateway.results import Results

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

_EXPIRED = "The incoming token has expired"
# Expiry is checked on every request against our own clock; the rest are no checks of Cognito's authorizer.
_UNCHECKED = ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")
_OPTIONS: Any = {**{f"verify_{name}": False for name in _UNCHECKED}, "require": ["exp", "iss", "token_use"]}
_PROVIDER = re.compile(r"arn:aws[\w-]*:cognito-idp:([\w-]+):\d*:userpool/([\w-]+)")


@dataclass
class Shared:
    """What authorizers of all APIs keep between requests."""

    ring: KeyRing
    results: Results
    credentials: Credentials


class Authorizer(Protocol):
    """What every type offers."""

    @property
    def issuers(self) -> frozenset[str]:
        """The token issuers that it trusts."""

    def authorize(self, exchange: "Exchange", shared: Shared, scopes: frozenset[str]) -> Generator[Any, Any, None]:
        """Tell the exchange who is calling; yields calls. Raises GatewayError when the request may not go on."""


@dataclass(frozen=True)
class CognitoAuthorizer:
    """Takes tokens of these issuers from one header. audience: what aud must match, where the document says so."""

    header: str
    issuers: frozenset[str]
    audience: re.Pattern[str] | None = None

    def authorize(
        self, exchange: "Exchange", shared: Shared, scopes: frozenset[str]
    ) -> Generator[FetchKeys, None, None]:
        """exchange.claims: those of the caller's token, all strings; yields FetchKeys when its key is not known.

        Raises GatewayError: UNAUTHORIZED for any token that is not good, AUTHORIZER_FAILURE while the pool's keys
        could never be fetched.
        """
        ring = shared.ring
        token = _token(exchange.request.by_name.get(self.header, ""))
        verified = ring.recall(token)
        if verified is None:
            verified = yield from self._verify(token, ring)
            ring.remember(token, verified)
        self._judge(verified, exchange.now, scopes)
        exchange.claims = verified.claims

    def _verify(self, token: str, ring: KeyRing) -> Generator[FetchKeys, None, Verified]:
        issuer, kid = self._provenance(token)
        if ring.find(issuer, kid) is None and ring.claim_fetch(issuer):
            yield FetchKeys(issuer)
        key = ring.find(issuer, kid)
        if key is None:
            raise GatewayError("UNAUTHORIZED" if ring.loaded(issuer) else "AUTHORIZER_FAILURE")
        return _verified(token, issuer, kid, key)

    def _provenance(self, token: str) -> tuple[str, str]:
        """Issuer and kid as the token itself claims: enough to choose the key that it must then stand up to."""
        try:
            header = jwt.get_unverified_header(token)
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise GatewayError("UNAUTHORIZED") from error
        kid = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(kid, str) or not isinstance(issuer, str):
            raise GatewayError("UNAUTHORIZED")
        if issuer not in self.issuers:
            raise GatewayError("UNAUTHORIZED")
        return issuer, kid

    def _judge(self, token: Verified, now: float, scopes: frozenset[str]) -> None:
        if now >= token.expires:
            raise GatewayError("UNAUTHORIZED", _EXPIRED)
        # Without scopes on the method only ID tokens pass, with scopes only access tokens that have one of them.
        if token.use != ("access" if scopes else "id") or (scopes and not scopes & token.scopes):
            raise GatewayError("UNAUTHORIZED")
        if token.issuer not in self.issuers or (self.audience and not self.audience.fullmatch(token.audience)):
            raise GatewayError("UNAUTHORIZED")


def compile_authorizer(scheme: Mapping[str, Any]) -> CognitoAuthorizer:
    """An OpenAPI security scheme with x-amazon-apigateway-authorizer of type cognito_user_pools. Raises ConfigError."""
    authorizer = scheme.get("x-amazon-apigateway-authorizer") or {}
    return CognitoAuthorizer(
        header=str(scheme.get("name") or "Authorization").lower(),
        issuers=frozenset(issuer(arn) for arn in authorizer.get("providerARNs") or ()),
        audience=pattern(authorizer.get("identityValidationExpression")),
    )


def pattern(expression: Any) -> re.Pattern[str] | None:
    """An identityValidationExpression, compiled; None when there is none. Raises ConfigError."""
    try:
        return re.compile(str(expression)) if expression else None
    except re.error as error:
        raise ConfigError(f"identityValidationExpression: {error}") from error


def issuer(arn: str) -> str:
    """The iss claim of a user pool's tokens, from its ARN. It is AWS's URL wherever the pool is served."""
    found = _PROVIDER.fullmatch(arn)
    if found is None:
        raise ConfigError(f"providerARNs: {arn!r} is no ARN of a user pool")
    return f"https://cognito-idp.{found[1]}.amazonaws.com/{found[2]}"


def as_text(claims: Mapping[str, Any]) -> dict[str, str]:
    """Claims as API Gateway hands them on: every value a string, lists joined by commas, exp and iat Java's dates."""
    return {name: _claim(name, value) for name, value in claims.items()}


def _token(header: str) -> str:
    token = header.strip()
    if token[:7].lower() == "bearer ":
        token = token[7:].strip()
    if not token:
        raise GatewayError("UNAUTHORIZED")
    return token


def _verified(token: str, issuer: str, kid: str, key: Key) -> Verified:
    try:
        claims = jwt.decode(token, key.public, algorithms=["RS256"], options=_OPTIONS)
        expires = float(claims["exp"])
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise GatewayError("UNAUTHORIZED") from error
    scope = claims.get("scope")
    return Verified(
        issuer=issuer,
        kid=kid,
        key=key,
        expires=expires,
        use=str(claims["token_use"]),
        audience=str(claims.get("aud", "")),
        scopes=frozenset(scope.split() if isinstance(scope, str) else ()),
        claims=as_text(claims),
    )


def _claim(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in {"exp", "iat"} and isinstance(value, int | float):
        return _java_date(value)
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        return ",".join(str(item) for item in value)
    return str(value)


def _java_date(seconds: float) -> str:
    try:
        return time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime(seconds))
    except (ValueError, OverflowError, OSError):
        return str(seconds)
