"""Functions that take part in signing up: PreSignUp says yes, no, or "confirmed already"; UserMigration brings more

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cloud.errors import AwsError
from services.identity.box import Box
from services.identity.pools import schema
from services.identity.pools.pool import Pool
from services.identity.users import credentials
from services.identity.users.user import CONFIRMED, FORCE_CHANGE, RESET_REQUIRED, User
from services.identity.visit import Visit

_VERDICT = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
_CLAIMED = ("email", "phone_number", "preferred_username")


async def before_sign_up(box: Box, visit: Visit, user: User, source: str) -> Mapping[str, Any]:
    """PreSignUp's response. Raises UserLambdaValidationException when it says no."""
    request = {
        "userAttributes": dict(user.attributes),
        "validationData": schema.as_dict(visit.asked.get("ValidationData")),
        "clientMetadata": visit.metadata,
    }
    return await box.triggers.run(visit, "PreSignUp", source, user.username, request, response=_VERDICT) or {}


def judged(user: User, verdict: Mapping[str, Any]) -> User:
    """The user as PreSignUp wants it."""
    flags = {
        name: "true"
        for name, wish in (("email_verified", "autoVerifyEmail"), ("phone_number_verified", "autoVerifyPhone"))
        if verdict.get(wish) and user.attributes.get(name.removesuffix("_verified"))
    }
    status = CONFIRMED if verdict.get("autoConfirmUser") else user.status
    return replace(user, status=status, attributes={**user.attributes, **flags})


async def migrated(box: Box, visit: Visit, typed: str, password: str, *, forgot: bool = False) -> User | None:
    """A user whom the pool's UserMigration function knows, brought into the pool; None when it knows nobody."""
    source = "UserMigration_ForgotPassword" if forgot else "UserMigration_Authentication"
    request = {
        "validationData": {},
        "clientMetadata": visit.metadata,
        **({} if forgot else {"password": password}),
    }
    try:
        response = await box.triggers.run(visit, "UserMigration", source, typed, request)
    except AwsError as error:
        if error.code == "UnexpectedLambdaException":
            raise
        return None  # it said no: there is no such user, or this is not the password
    attributes = (response or {}).get("userAttributes")
    if not isinstance(attributes, dict) or not attributes:
        return None
    return await _brought(box, visit.pool, typed, None if forgot else password, response or {})


async def _brought(box: Box, pool: Pool, typed: str, password: str | None, response: Mapping[str, Any]) -> User | None:
    given = {name: str(value) for name, value in response["userAttributes"].items()}
    username, sub = given.pop("username", typed), str(uuid.uuid4())
    given.pop("sub", None)
    if pool.username_attributes:
        username = sub
    status = str(response.get("finalUserStatus") or (RESET_REQUIRED if password is None else CONFIRMED))
    user = User(pool.id, pool.key(username), username, sub, given, status=status)
    if status not in {CONFIRMED, RESET_REQUIRED, FORCE_CHANGE}:
        return None
    kept = {} if password is None else await credentials.kept(box, pool, user, password)
    user = await box.users.create(pool, replace(user, **kept))
    for attribute in _CLAIMED:
        if attribute == "preferred_username" or user.attributes.get(f"{attribute}_verified") == "true":
            force = bool(response.get("forceAliasCreation"))
            await box.users.claim(pool, user, attribute, force=force)
    return user
