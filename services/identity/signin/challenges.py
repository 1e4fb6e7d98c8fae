"""RespondToAuthChallenge and AdminRespondToAuthChallenge: every further step of a sign-in.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

from collections.abc import Mapping

from cloud.errors import AwsError
from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid, invalid_session
from services.identity.pools import policy, schema, secret_hash
from services.identity.signin import challenge, custom, outcome, password
from services.identity.signin.flows import Flow
from services.identity.users import credentials, one_time
from services.identity.users.user import CONFIRMED, FORCE_CHANGE, TOTP, User
from services.identity.visit import Visit, by_client

NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"  # noqa: S105 a challenge's name


async def respond_to_auth_challenge(box: Box, asked: Asked) -> Answer:
    """The next challenge, or tokens."""
    return await _respond(box, await by_client(box, asked))


async def admin_respond_to_auth_challenge(box: Box, asked: Asked) -> Answer:
    """The same for who may call with credentials of the account."""
    pool = await box.pools.get(asked["UserPoolId"], fresh=False)
    return await _respond(box, Visit(pool, pool.client(asked["ClientId"]), asked))


async def _respond(box: Box, visit: Visit) -> Answer:
    name = visit.asked["ChallengeName"]
    if name not in _CHALLENGES:
        raise invalid(f"Unsupported challenge {name}: docs/cognito.md lists what is reproduced")
    return await _CHALLENGES[name](box, visit)


async def _password_verifier(box: Box, visit: Visit) -> Answer:
    user, state = await password.proved(box, visit)
    if "results" in state:
        return await custom.after_srp(box, visit, user, state["results"])
    return await outcome.after_password(box, visit, user)


async def _new_password(box: Box, visit: Visit) -> Answer:
    user, given = await _whose(box, visit, NEW_PASSWORD)
    if user.status != FORCE_CHANGE:
        raise invalid_session()
    chosen = password.parameter(given, "NEW_PASSWORD")
    policy.check(visit.pool.policy, chosen)
    prefix = "userAttributes."
    new = {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)}
    schema.check_write(visit.client, new)
    schema.check_change(visit.pool.schema, [name for name in new if user.attributes.get(name)])
    schema.check(visit.pool.schema, new)
    schema.check_required(visit.pool.schema, {**user.attributes, **new})
    kept = await credentials.kept(box, visit.pool, user, chosen)
    await challenge.spend(box, challenge.read(box, visit.client, visit.asked.get("Session"), NEW_PASSWORD))
    user = await box.users.change(
        user, lambda now: {**kept, "status": CONFIRMED, "attributes": {**now.attributes, **new}}
    )
    return await outcome.after_first_factor(box, visit, user, "TokenGeneration_NewPasswordChallenge")


async def _software_token(box: Box, visit: Visit) -> Answer:
    user, given = await _whose(box, visit, TOTP)
    state = challenge.read(box, visit.client, visit.asked.get("Session"), TOTP)
    code = password.parameter(given, "SOFTWARE_TOKEN_MFA_CODE")
    async with box.lockout.attempt(visit.pool.id, f"totp/{user.key}") as attempt:
        try:
            user = await one_time.use(box, user, code)
        except AwsError:
            await attempt.failed()
            raise
        await challenge.spend(box, state)
        await attempt.succeeded()
    return await outcome.completed(box, visit, user, state["source"])


async def _mfa_setup(box: Box, visit: Visit) -> Answer:
    """The session is the one that VerifySoftwareToken gave."""
    user, _ = await _whose(box, visit, one_time.VERIFIED)
    state = challenge.read(box, visit.client, visit.asked.get("Session"), one_time.VERIFIED)
    await challenge.spend(box, state)
    user = await box.users.set(user, mfa=[TOTP], preferred_mfa=TOTP)
    return await outcome.completed(box, visit, user, state["source"])


async def _whose(box: Box, visit: Visit, name: str) -> tuple[User, Mapping[str, str]]:
    """The user that a Session is about, and what was answered."""
    state = challenge.read(box, visit.client, visit.asked.get("Session"), name)
    given = visit.asked.get("ChallengeResponses") or {}
    typed = password.parameter(given, "USERNAME")
    secret_hash.check(visit.client, given.get("SECRET_HASH"), typed)
    user = await box.users.by_key(visit.pool, state["user"])
    named = await box.users.find(visit.pool, typed)
    if user is None or named is None or named.key != user.key:
        raise invalid_session()
    outcome.check(box, user)
    return user, given


_CHALLENGES: Mapping[str, Flow] = {
    password.VERIFIER: _password_verifier,
    NEW_PASSWORD: _new_password,
    TOTP: _software_token,
    "MFA_SETUP": _mfa_setup,
    custom.NAME: custom.answered,
}
OPERATIONS = {
    "RespondToAuthChallenge": respond_to_auth_challenge,
    "AdminRespondToAuthChallenge": admin_respond_to_auth_challenge,
}
