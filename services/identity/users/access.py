"""Who calls with an access token: verified, not revoked, not signed out, not disabled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from cloud.errors import AwsError
from services.identity.box import Box
from services.identity.errors import no_user, not_authorized
from services.identity.pools.pool import Pool, Settings
from services.identity.users.user import User
from services.identity.visit import Visit

SCOPE = "aws.cognito.signin.user.admin"
_BAD = (jwt.PyJWTError, AwsError, ValueError, TypeError, KeyError, OverflowError, RecursionError)
# The times are looked at here, by the clock of the box.
_OPTIONS: Any = {
    "verify_aud": False,
    "verify_exp": False,
    "verify_iat": False,
    "require": ["exp", "iss", "sub", "token_use"],
}


@dataclass(frozen=True)
class Bearer:
    """Who holds a good access token."""

    visit: Visit
    user: User
    claims: dict[str, Any]

    @property
    def pool(self) -> Pool:
        """The pool whose token it is."""
        return self.visit.pool

    @property
    def client(self) -> Settings:
        """The app client that it was given to."""
        return self.visit.client


async def bearer(box: Box, token: str, scope: str = SCOPE, asked: Mapping[str, Any] | None = None) -> Bearer:
    """Raises NotAuthorizedException for a token that is not good, or no longer."""
    claims, pool = await verified(box, token, "access")
    if scope not in str(claims.get("scope", "")).split():
        raise not_authorized("Access Token does not have required scopes")
    user = await box.users.by_key(pool, pool.key(str(claims["username"])))
    if user is None or user.sub != claims["sub"]:
        raise no_user()
    if not user.enabled:
        raise not_authorized("User is disabled.")
    if await revoked(box, user, claims):
        raise not_authorized("Access Token has been revoked")
    return Bearer(Visit(pool, pool.client(str(claims["client_id"])), asked or {}), user, claims)


async def verified(box: Box, token: str, use: str) -> tuple[dict[str, Any], Pool]:
    """The claims of a token of one of our pools, and the pool. use: "id" or "access".

    Raises NotAuthorizedException. Whether it was revoked is another question.
    """
    name = "Access Token" if use == "access" else "Identity Token"
    try:
        header = jwt.get_unverified_header(token)
        issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
        pool = await box.pools.get(issuer.rpartition("/")[2], fresh=False)
        key = box.pools.keys(pool)[use]
        if header.get("kid") != key.kid or issuer != pool.issuer:
            raise jwt.InvalidTokenError("another key or issuer")
        claims = jwt.decode(token, key.public, algorithms=["RS256"], options=_OPTIONS)
        expired = box.clock() >= float(claims["exp"])
    except _BAD as error:
        raise not_authorized(f"Invalid {name}") from error
    if claims["token_use"] != use:
        raise not_authorized(f"Invalid {name}")
    if expired:
        raise not_authorized(f"{name} has expired")
    return claims, pool


async def revoked(box: Box, user: User, claims: dict[str, Any]) -> bool:
    """Whether the session that the token came from is over."""
    if origin := claims.get("origin_jti"):
        return await box.sessions.is_over(str(origin), user)
    return float(claims["auth_time"]) < int(user.signed_out)
