"""Tokens at the end of a sign-in, and again with a refresh token.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from services.identity.box import Answer, Box
from services.identity.pools.pool import Pool, Settings
from services.identity.signin import claims
from services.identity.signin.sessions import Session
from services.identity.triggers import trigger
from services.identity.users.access import SCOPE
from services.identity.users.user import User
from services.identity.visit import Visit

_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_DEFAULTS = {"AccessToken": (1, "hours"), "IdToken": (1, "hours"), "RefreshToken": (30, "days")}


def validity(client: Settings, token: str) -> int:
    """Seconds that a client's tokens are good for. token: "AccessToken", "IdToken" or "RefreshToken"."""
    number, unit = _DEFAULTS[token]
    given = (client.get("TokenValidityUnits") or {}).get(token, unit)
    return int(client.get(f"{token}Validity") or number) * _UNITS[given]


async def signed_in(box: Box, visit: Visit, user: User, *, source: str, scope: str = SCOPE, nonce: str = "") -> Answer:
    """AuthenticationResult of a new session. source: for the functions, "TokenGeneration_Authentication"."""
    lasting = validity(visit.client, "RefreshToken")
    session, refresh_token = await box.sessions.begin(user, visit.client_id, lasting, scope)
    found = await made(box, visit, user, session, source=source, nonce=nonce)
    return {**found, "RefreshToken": refresh_token}


async def made(box: Box, visit: Visit, user: User, session: Session, *, source: str, nonce: str = "") -> Answer:
    """AuthenticationResult without a refresh token."""
    now = box.clock()
    granted = claims.roles(visit.pool.groups_of(list(user.groups)))
    answer = await _override(box, visit, user, granted, session=session, source=source)
    granted = claims.regrouped(granted, answer.get("groupOverrideDetails"))
    id_claims = claims.for_id(visit, user, session, granted, now=now, nonce=nonce)
    access_claims = claims.for_access(visit, user, session, granted, now=now)
    id_claims = claims.overridden(id_claims, answer.get("idTokenGeneration", answer))
    access_claims = claims.overridden(access_claims, answer.get("accessTokenGeneration"))
    id_claims["exp"] = int(now) + validity(visit.client, "IdToken")
    access_claims["exp"] = int(now) + validity(visit.client, "AccessToken")
    loop = asyncio.get_running_loop()
    id_token, access_token = await loop.run_in_executor(box.executor, _sign, box, visit.pool, id_claims, access_claims)
    return {
        "AccessToken": access_token,
        "ExpiresIn": validity(visit.client, "AccessToken"),
        "TokenType": "Bearer",
        "IdToken": id_token,
    }


def _sign(box: Box, pool: Pool, id_claims: dict[str, Any], access_claims: dict[str, Any]) -> tuple[str, str]:
    keys = box.pools.keys(pool)
    return keys["id"].sign(id_claims), keys["access"].sign(access_claims)


async def _override(
    box: Box,
    visit: Visit,
    user: User,
    granted: claims.Roles,
    *,
    session: Session,
    source: str,
) -> Mapping[str, Any]:
    """What the PreTokenGeneration function answers: claimsOverrideDetails, or claimsAndScopeOverrideDetails."""
    version = trigger.version(visit.pool)
    name = "claimsOverrideDetails" if version == "1" else "claimsAndScopeOverrideDetails"
    request = {
        "userAttributes": user.for_triggers(),
        "groupConfiguration": {
            "groupsToOverride": list(granted.groups),
            "iamRolesToOverride": list(granted.roles),
            "preferredRole": granted.preferred or None,
        },
        "clientMetadata": visit.metadata,
        **({} if version == "1" else {"scopes": session.scope.split()}),
    }
    response = await box.triggers.run(
        visit, "PreTokenGeneration", source, user.username, request, response={name: None}, version=version
    )
    found = (response or {}).get(name)
    return found if isinstance(found, dict) else {}
