"""GetId, GetOpenIdToken, GetCredentialsForIdentity: what applications call.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import AwsError
from services.identity.box import Answer, Asked, Box
from services.identity.errors import not_authorized
from services.identity.identities import logins, roles
from services.identity.identities.logins import Login
from services.identity.identities.store import Identity, IdentityPool

ISSUER = "https://cognito-identity.amazonaws.com"
_HOUR, _OPENID = 3600, 600  # seconds
_SESSION_NAME = "CognitoIdentityCredentials"
_FOREIGN = "Logins don't match. Please include at least one valid login for this identity or identity pool."


async def get_id(box: Box, asked: Asked) -> Answer:
    """The identity of a login, the same each time; a new one for nobody in particular, where that is allowed."""
    pool = await box.identities.pool(asked["IdentityPoolId"])
    given = await logins.verified(box, pool, asked.get("Logins") or {})
    if given:
        identity = await box.identities.of_logins(pool, {one.provider: one.subject for one in given})
    else:
        _check_unauthenticated(pool)
        identity = await box.identities.unauthenticated(pool)
    return {"IdentityId": identity.id}


async def get_credentials_for_identity(box: Box, asked: Asked) -> Answer:
    """An hour's credentials of the role that the identity gets."""
    pool, identity, given = await _caller(box, asked)
    custom = asked.get("CustomRoleArn") or ""
    if given:
        first = given[0]
        role = roles.authenticated(pool.roles, first.provider, first.claims, custom, identity.id)
    else:
        role = roles.unauthenticated(pool.roles)
    return {"IdentityId": identity.id, "Credentials": await _assume(box, role)}


async def get_open_id_token(box: Box, asked: Asked) -> Answer:
    """A token for AssumeRoleWithWebIdentity, good for ten minutes."""
    pool, identity, given = await _caller(box, asked)
    now = int(box.clock())
    methods = ["authenticated", *(one.provider for one in given)] if given else ["unauthenticated"]
    claims = {"sub": identity.id, "aud": pool.id, "amr": methods, "iss": ISSUER, "iat": now, "exp": now + _OPENID}
    key = await asyncio.get_running_loop().run_in_executor(box.executor, box.identities.key, pool)
    return {"IdentityId": identity.id, "Token": key.sign(claims)}


async def _caller(box: Box, asked: Asked) -> tuple[IdentityPool, Identity, Sequence[Login]]:
    """Raises NotAuthorizedException for a login that is not the identity's, and for none where one is needed."""
    identity = await box.identities.get(asked["IdentityId"])
    pool = await box.identities.pool(identity.pool)
    given = await logins.verified(box, pool, asked.get("Logins") or {})
    if not given:
        if identity.logins:
            raise not_authorized(_FOREIGN)
        _check_unauthenticated(pool)
        return pool, identity, given
    named = {one.provider: one.subject for one in given}
    if identity.logins and not named.items() & dict(identity.logins).items():
        raise not_authorized(_FOREIGN)
    linked = await box.identities.of_logins(pool, named) if identity.logins else None
    if linked is None:  # an identity that has signed in for the first time
        linked = await box.identities.link(pool, identity, named)
    if linked.id != identity.id:
        raise not_authorized(_FOREIGN)
    return pool, linked, given


def _check_unauthenticated(pool: IdentityPool) -> None:
    if not pool.settings.get("AllowUnauthenticatedIdentities"):
        raise not_authorized("Unauthenticated access is not supported for this identity pool.")


async def _assume(box: Box, role: str) -> dict[str, Any]:
    try:
        answer = await asyncio.to_thread(
            box.sts.assume_role, RoleArn=role, RoleSessionName=_SESSION_NAME, DurationSeconds=_HOUR
        )
    except ClientError as error:
        raise AwsError(
            "InvalidIdentityPoolConfigurationException",
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        ) from error
    except BotoCoreError as error:
        raise AwsError("ExternalServiceException", f"STS does not answer: {type(error).__name__}") from error
    found = answer["Credentials"]
    return {
        "AccessKeyId": found["AccessKeyId"],
        "SecretKey": found["SecretAccessKey"],
        "SessionToken": found["SessionToken"],
        "Expiration": found["Expiration"].timestamp(),
    }


OPERATIONS = {
    "GetId": get_id,
    "GetCredentialsForIdentity": get_credentials_for_identity,
    "GetOpenIdToken": get_open_id_token,
}
