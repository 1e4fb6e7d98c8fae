"""What follows once somebody has proved who they are: a new password, a second factor, or tokens.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html
"""

from typing import Any

import orjson

from services.identity.box import Answer, Box
from services.identity.errors import not_authorized, not_confirmed, reset_required
from services.identity.signin import challenge, tokens
from services.identity.users.user import FORCE_CHANGE, RESET_REQUIRED, TOTP, UNCONFIRMED, User
from services.identity.visit import Visit


async def after_password(box: Box, visit: Visit, user: User) -> Answer:
    """The password was right. Raises what keeps the user out all the same."""
    check(box, user)
    if user.status == FORCE_CHANGE:
        return new_password(box, visit, user)
    return await after_first_factor(box, visit, user, "TokenGeneration_Authentication")


async def after_first_factor(box: Box, visit: Visit, user: User, source: str) -> Answer:
    """The second factor, where there is one."""
    if TOTP in user.mfa and visit.pool.mfa != "OFF":
        state = {"challenge": TOTP, "user": user.key, "source": source}
        session = challenge.issue(box, visit.client, state)
        parameters = {"USER_ID_FOR_SRP": user.username, "FRIENDLY_DEVICE_NAME": "Authenticator"}
        return {"ChallengeName": TOTP, "Session": session, "ChallengeParameters": parameters}
    if visit.pool.mfa == "ON":
        session = challenge.issue(box, visit.client, {"challenge": "MFA_SETUP", "user": user.key, "source": source})
        can = {"MFAS_CAN_SETUP": orjson.dumps([TOTP]).decode()}
        return {"ChallengeName": "MFA_SETUP", "Session": session, "ChallengeParameters": can}
    return await completed(box, visit, user, source)


async def completed(box: Box, visit: Visit, user: User, source: str) -> Answer:
    """Tokens, once PostAuthentication has not objected."""
    request = {
        "userAttributes": user.for_triggers(),
        "newDeviceUsed": False,
        "clientMetadata": visit.metadata,
    }
    source_of_event = "PostAuthentication_Authentication"
    await box.triggers.run(visit, "PostAuthentication", source_of_event, user.username, request)
    result = await tokens.signed_in(box, visit, user, source=source)
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


def check(box: Box, user: User) -> None:
    """Raise what keeps somebody out who has the right password."""
    if not user.enabled:
        raise not_authorized("User is disabled.")
    if user.status == UNCONFIRMED:
        raise not_confirmed()
    if user.status == RESET_REQUIRED:
        raise reset_required()
    if user.status == FORCE_CHANGE and box.clock() > user.temporary_until:
        raise not_authorized("Temporary password has expired and must be reset by an administrator.")


def new_password(box: Box, visit: Visit, user: User) -> Answer:
    """NEW_PASSWORD_REQUIRED, with what else the user must say."""
    needed = [name for name, one in visit.pool.schema.items() if one.get("Required") and name != "sub"]
    lacking = [f"userAttributes.{name}" for name in needed if not user.attributes.get(name)]
    parameters: dict[str, Any] = {
        "USER_ID_FOR_SRP": user.username,
        "requiredAttributes": orjson.dumps(lacking).decode(),
        "userAttributes": orjson.dumps(dict(user.attributes)).decode(),
    }
    name = "NEW_PASSWORD_REQUIRED"
    session = challenge.issue(box, visit.client, {"challenge": name, "user": user.key})
    return {"ChallengeName": name, "Session": session, "ChallengeParameters": parameters}
