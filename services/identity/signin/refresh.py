"""Refresh tokens: new tokens for old sessions, rotation, and how sessions end.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html
"""

import hmac

from cloud.errors import AwsError
from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid, not_authorized
from services.identity.pools import secret_hash
from services.identity.pools.pool import Settings
from services.identity.signin import tokens
from services.identity.signin.password import parameter
from services.identity.signin.sessions import Session
from services.identity.users import access
from services.identity.users.user import User
from services.identity.visit import Visit, by_client

_SOURCE = "TokenGeneration_RefreshTokens"


async def by_refresh_token(box: Box, visit: Visit) -> Answer:
    """REFRESH_TOKEN_AUTH: new ID and access tokens. Refused where refresh tokens rotate."""
    if _rotates(visit.client):
        raise invalid("Refresh token rotation is enabled for this client: use GetTokensFromRefreshToken")
    given = visit.asked["AuthParameters"]
    session, user = await _continued(box, visit, parameter(given, "REFRESH_TOKEN"))
    names = (user.username, user.sub, *(user.attributes.get(name, "") for name in visit.pool.aliases))
    secret_hash.check(visit.client, given.get("SECRET_HASH"), *filter(None, names))
    result = await tokens.made(box, visit, user, session, source=_SOURCE)
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


async def get_tokens_from_refresh_token(box: Box, asked: Asked) -> Answer:
    """The same, with the next refresh token where they rotate."""
    visit = await by_client(box, asked)
    check_secret(visit.client, asked.get("ClientSecret"))
    session, user = await _continued(box, visit, asked["RefreshToken"])
    result = await tokens.made(box, visit, user, session, source=_SOURCE)
    if _rotates(visit.client):
        grace = float(visit.client["RefreshTokenRotation"].get("RetryGracePeriodSeconds") or 0)
        result["RefreshToken"] = await box.sessions.rotate(session, asked["RefreshToken"], grace)
    return {"AuthenticationResult": result}


async def revoke_token(box: Box, asked: Asked) -> Answer:
    """End the session that a refresh token continues."""
    client = (await by_client(box, asked)).client
    check_secret(client, asked.get("ClientSecret"))
    token = asked["Token"]
    if token.count(".") == 2:
        raise AwsError("UnsupportedTokenTypeException", "Only refresh tokens can be revoked")
    if not client.get("EnableTokenRevocation", True):
        raise AwsError("UnsupportedOperationException", "Token revocation is not enabled for this client")
    try:
        await box.sessions.revoke(await box.sessions.of_refresh_token(token, client["ClientId"]))
    except AwsError as error:
        if error.message == "Invalid Refresh Token":
            raise
        return {}  # it was over already
    return {}


async def global_sign_out(box: Box, asked: Asked) -> Answer:
    """End all sessions of who holds this access token."""
    bearer = await access.bearer(box, asked["AccessToken"])
    await box.users.set(bearer.user, signed_out=box.clock())
    return {}


async def admin_user_global_sign_out(box: Box, asked: Asked) -> Answer:
    """End all sessions of a user."""
    pool = await box.pools.get(asked["UserPoolId"])
    await box.users.set(await box.users.get(pool, asked["Username"]), signed_out=box.clock())
    return {}


def check_secret(client: Settings, given: str | None) -> None:
    """Raise NotAuthorizedException when a client with a secret comes without it."""
    secret = client.get("ClientSecret")
    if secret and not hmac.compare_digest(secret.encode(), (given or "").encode("utf-8", "surrogatepass")):
        raise not_authorized(f"Unable to verify secret of client {client['ClientId']}")


async def _continued(box: Box, visit: Visit, token: str) -> tuple[Session, User]:
    session = await box.sessions.of_refresh_token(token, visit.client_id)
    user = await box.users.by_key(visit.pool, session.user)
    if user is None:
        raise not_authorized("Invalid Refresh Token")
    if not user.enabled:
        raise not_authorized("User is disabled.")
    if session.began < user.signed_out:
        raise not_authorized("Refresh Token has been revoked")
    return session, user


def _rotates(client: Settings) -> bool:
    return (client.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED"


OPERATIONS = {
    "GetTokensFromRefreshToken": get_tokens_from_refresh_token,
    "RevokeToken": revoke_token,
    "GlobalSignOut": global_sign_out,
    "AdminUserGlobalSignOut": admin_user_global_sign_out,
}
