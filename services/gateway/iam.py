"""AWS_IAM: callers who sign their requests with keys that the emulator knows.

Who signed is verified; what the caller's policies allow is not evaluated: every known key may invoke.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.gateway import sigv4
from services.gateway.messages import CallFailed, CallTimedOut, FindCredential
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.authorizer import Shared
    from services.gateway.exchange import Exchange

SKEW = 300.0
"""Seconds that a signature's time may be off."""
_SERVICE = "execute-api"
_KEPT_SECONDS = 30.0
_MAX_KEPT = 10_000
_INVALID = "The security token included in the request is invalid."
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Credential:
    """An access key and whose it is. expires: epoch seconds; cognito: the cognito* fields of $context.identity."""

    access_key: str
    secret: str = field(repr=False)
    arn: str = "arn:aws:iam::000000000000:root"
    user_id: str = "000000000000"
    account: str = "000000000000"
    token: str = field(default="", repr=False)
    expires: float | None = None
    cognito: Mapping[str, Any] = field(default_factory=dict)


class Credentials:
    """What was found out about access keys, for a while. clock: seconds, any origin."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._kept: dict[str, tuple[float, Credential | None]] = {}

    def recall(self, access_key: str) -> tuple[bool, Credential | None]:
        """Whether it is known who has the key, and who: None, nobody."""
        kept = self._kept.get(access_key)
        if kept is None or self.clock() >= kept[0]:
            return False, None
        return True, kept[1]

    def remember(self, access_key: str, credential: Credential | None) -> None:
        """Keep what was found."""
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[access_key] = (self.clock() + _KEPT_SECONDS, credential)


@dataclass(frozen=True)
class IamAuthorizer:
    """Takes requests signed for execute-api in this region."""

    issuers: frozenset[str] = frozenset()

    def authorize(self, exchange: "Exchange", shared: "Shared", _scopes: frozenset[str]) -> Generator[Any, Any, None]:
        """Find the key, verify the signature; the caller is then $context.identity.

        Raises GatewayError: MISSING_AUTHENTICATION_TOKEN, INVALID_SIGNATURE, EXPIRED_TOKEN; DEFAULT_5XX while nobody
        can say whose the key is.
        """
        request = exchange.request
        if not request.by_name.get("authorization") and not dict(request.query).get("X-Amz-Signature"):
            raise GatewayError("MISSING_AUTHENTICATION_TOKEN")
        signature = sigv4.read(request)
        if signature is None:
            raise _refused(
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
                "parameter. Authorization header requires 'SignedHeaders' parameter.",
                "IncompleteSignatureException",
            )
        _check_scope(signature, exchange)
        known, credential = shared.credentials.recall(signature.access_key)
        if not known:
            try:
                credential = yield FindCredential(signature.access_key)
            except (CallFailed, CallTimedOut) as error:  # not kept: that nobody answers says nothing of the key
                raise GatewayError("DEFAULT_5XX", reason=f"the key could not be looked up: {error}") from error
            shared.credentials.remember(signature.access_key, credential)
        if credential is None or credential.token != signature.token:
            raise _refused(_INVALID, "UnrecognizedClientException")
        if credential.expires is not None and exchange.now >= credential.expires:
            raise GatewayError("EXPIRED_TOKEN")
        if not sigv4.matches(request, signature, credential.secret):
            raise _refused(_MISMATCH)
        exchange.signer = credential


def _check_scope(signature: sigv4.Signature, exchange: "Exchange") -> None:
    date, region, service, *_ = (*signature.scope, "", "", "")
    if service != _SERVICE:
        raise _refused(f"Credential should be scoped to correct service: '{_SERVICE}'.")
    if region != exchange.region:
        raise _refused(f"Credential should be scoped to a valid region, not '{region}'.")
    signed_at = signature.signed_at
    if signed_at is None or not signature.timestamp.startswith(date):
        raise _refused("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP")
    if "host" not in signature.signed_headers:
        raise _refused("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    age = exchange.now - signed_at
    if age > max(SKEW, signature.expires or 0.0) or age < -SKEW:
        when = "earlier" if age > 0 else "later"
        raise _refused(f"Signature {'expired' if age > 0 else 'not yet current'}: {signature.timestamp} is now {when}")


def _refused(message: str, error_type: str | None = None) -> GatewayError:
    return GatewayError("INVALID_SIGNATURE", message, error_type=error_type)
