"""The two proofs of a password: the password itself, and SRP, by which the box never gets to see it."""

import asyncio
import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from typing import Any

from services.identity.box import Answer, Box
from services.identity.errors import invalid, no_user, not_authorized
from services.identity.pools import secret_hash
from services.identity.pools.pool import Pool, Settings
from services.identity.secrets import srp
from services.identity.signin import challenge, outcome
from services.identity.users import credentials, hooks
from services.identity.users.user import RESET_REQUIRED, User
from services.identity.visit import Visit

_HEX = re.compile(r"[0-9a-fA-F]{1,1600}")
VERIFIER = "PASSWORD_VERIFIER"
_LONGEST_NAME = 128


async def by_password(box: Box, visit: Visit) -> Answer:
    """USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH."""
    given = visit.asked["AuthParameters"]
    typed, password = parameter(given, "USERNAME"), parameter(given, "PASSWORD")
    secret_hash.check(visit.client, given.get("SECRET_HASH"), typed)
    user = await checked(box, visit, typed, password)
    return await outcome.after_password(box, visit, user)


async def checked(box: Box, visit: Visit, typed: str, password: str) -> User:
    """The user with this password, brought in by UserMigration where nobody is there. Raises what AWS says else."""
    async with box.lockout.attempt(visit.pool.id, visit.pool.key(typed)) as attempt:
        user = await box.users.find(visit.pool, typed)
        if user is None and visit.pool.triggers.get("UserMigration"):
            user = await hooks.migrated(box, visit, typed, password)
        await before(box, visit, typed, user)
        right = await box.hasher.matches(password, user.password if user else None)
        if user is not None and user.status == RESET_REQUIRED and user.password is None:
            outcome.check(box, user)
        if user is None or not right:
            await attempt.failed()
            raise refusal(visit.client, user)
        await attempt.succeeded()
    return user


async def begin_srp(box: Box, visit: Visit) -> Answer:
    """USER_SRP_AUTH: the challenge. Somebody who is not there gets one too, when existence is hidden."""
    given = visit.asked["AuthParameters"]
    typed, public = parameter(given, "USERNAME"), parameter(given, "SRP_A")
    secret_hash.check(visit.client, given.get("SECRET_HASH"), typed)
    user = await box.users.find(visit.pool, typed)
    if user is None and not secret_hash.hides_existence(visit.client):
        raise no_user()
    await before(box, visit, typed, user)
    return await srp_challenge(box, visit, typed, user, public)


async def srp_challenge(box: Box, visit: Visit, typed: str, user: User | None, public: str, **state: Any) -> Answer:
    """PASSWORD_VERIFIER for a client's A. state: what else the next step must know."""
    if not _HEX.fullmatch(public):
        raise invalid("Invalid SRP_A value.")
    pool = visit.pool
    known = (credentials.verifier(box, user) if user else None) or credentials.decoy(box, pool, pool.key(typed))
    loop = asyncio.get_running_loop()
    made = await loop.run_in_executor(box.executor, srp.challenge, known, int(public, 16))
    if made is None:
        raise not_authorized("Incorrect username or password.")
    user_id = user.username if user else _decoy_id(box, pool, typed)
    # As long for nobody as for somebody: the block's length is what a client can see of it.
    whose = {"user": user.key if user else pool.key(user_id), "real": int(user is not None)}
    content = {"challenge": VERIFIER, **whose, "typed": typed, "id": user_id, **state}
    block = challenge.issue(box, visit.client, {**content, "key": made.key.hex()})
    parameters = {
        "SALT": f"{known.salt:x}",
        "SECRET_BLOCK": block,
        "SRP_B": f"{made.public:x}",
        "USERNAME": user_id,
        "USER_ID_FOR_SRP": user_id,
    }
    return {"ChallengeName": VERIFIER, "ChallengeParameters": parameters}


async def proved(box: Box, visit: Visit) -> tuple[User, dict[str, Any]]:
    """PASSWORD_VERIFIER answered: the user whose password the client has shown to know, and the challenge's state."""
    given = visit.asked.get("ChallengeResponses") or {}
    block = parameter(given, "PASSWORD_CLAIM_SECRET_BLOCK")
    state = challenge.read(box, visit.client, block, VERIFIER)
    secret_hash.check(visit.client, given.get("SECRET_HASH"), given.get("USERNAME", ""), state["typed"])
    claimed, stamp = parameter(given, "PASSWORD_CLAIM_SIGNATURE"), parameter(given, "TIMESTAMP")
    async with box.lockout.attempt(visit.pool.id, visit.pool.key(state["typed"])) as attempt:
        user = await box.users.by_key(visit.pool, state["user"]) if state["real"] else None
        if user is None or not _matches(visit.pool, state, block, stamp, claimed):
            await attempt.failed()
            raise not_authorized()
        await challenge.spend(box, state)
        await attempt.succeeded()
    return user, state


async def before(box: Box, visit: Visit, typed: str, user: User | None) -> None:
    """Tell the PreAuthentication function, which may object."""
    hidden = secret_hash.hides_existence(visit.client)
    if not visit.pool.triggers.get("PreAuthentication") or (user is None and not hidden):
        return
    request = {
        "userAttributes": user.for_triggers() if user else {},
        "validationData": visit.metadata,
        "userNotFound": user is None,
    }
    name = user.username if user else typed
    await box.triggers.run(visit, "PreAuthentication", "PreAuthentication_Authentication", name, request)


def parameter(given: Mapping[str, str], name: str) -> str:
    """A parameter of a flow. Raises InvalidParameterException when it is missing."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(f"Missing required parameter {name}")
    if name == "USERNAME" and len(value) > _LONGEST_NAME:
        raise invalid(f"Value at 'username' failed to satisfy constraint: length at most {_LONGEST_NAME}")
    return value


def refusal(client: Settings, user: User | None) -> Exception:
    """The error for a wrong password, or for nobody."""
    return no_user() if user is None and not secret_hash.hides_existence(client) else not_authorized()


def _matches(pool: Pool, state: Mapping[str, Any], block: str, stamp: str, claimed: str) -> bool:
    try:
        raw = base64.b64decode(block, validate=True)
        expected = srp.signature(bytes.fromhex(state["key"]), pool.suffix, state["id"], raw, stamp)
    except (binascii.Error, ValueError):
        return False
    return srp.same(expected, claimed)


def _decoy_id(box: Box, pool: Pool, typed: str) -> str:
    if not pool.username_attributes:
        return typed
    return str(uuid.UUID(bytes=box.vault.digest("decoy id", pool.id, pool.key(typed))[:16], version=4))
