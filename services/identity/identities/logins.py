"""Logins: tokens of user pools that an identity pool trusts, verified.

A token whose user has signed out everywhere, or is disabled, is refused always: what AWS does for providers with
ServerSideTokenCheck.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from cloud.errors import AwsError
from services.identity.box import Box
from services.identity.errors import not_authorized
from services.identity.identities.store import IdentityPool
from services.identity.users import access

_OTHER_PROVIDER = "Token is not from a supported provider of this identity pool."


@dataclass(frozen=True)
class Login:
    """A verified login. provider: as in Logins."""

    provider: str
    claims: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """Who it is, at the provider."""
        return str(self.claims["sub"])


async def verified(box: Box, pool: IdentityPool, given: Mapping[str, str]) -> list[Login]:
    """All logins that were given. Raises NotAuthorizedException for one that is not good."""
    return [Login(provider, await _claims(box, pool, provider, token)) for provider, token in given.items()]


async def _claims(box: Box, pool: IdentityPool, provider: str, token: str) -> dict[str, Any]:
    trusted = [
        one for one in pool.settings.get("CognitoIdentityProviders") or () if one.get("ProviderName") == provider
    ]
    if not trusted:
        raise not_authorized(_OTHER_PROVIDER)
    claims = _read(token)
    if claims.get("iss") != f"https://{provider}":
        raise not_authorized("Invalid login token. Issuer doesn't match providerName")
    now, expires = int(box.clock()), claims.get("exp")
    try:
        good, user_pool = await access.verified(box, token, "id")
    except AwsError as error:
        if error.message.endswith("expired"):
            raise not_authorized(f"Invalid login token. Token expired: {now} >= {expires}") from error
        raise not_authorized("Invalid login token. Couldn't verify signed token.") from error
    if good.get("aud") not in [one.get("ClientId") for one in trusted]:
        raise not_authorized("Invalid login token. Incorrect token audience.")
    user = await box.users.by_key(user_pool, user_pool.key(str(good["cognito:username"])))
    if user is None or user.sub != good["sub"] or not user.enabled or await access.revoked(box, user, good):
        raise not_authorized("Invalid login token. The user has signed out, or is disabled.")
    return good


def _read(token: str) -> dict[str, Any]:
    try:
        return dict(jwt.decode(token, options={"verify_signature": False}))
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        message = "Invalid login token. Not a valid OpenId Connect identity token."
        raise not_authorized(message) from error
