"""Software tokens: an authenticator app's codes as the second factor.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html
"""

from typing import Any

from cloud.errors import AwsError
from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid, no_user
from services.identity.pools.pool import Settings
from services.identity.secrets import totp
from services.identity.signin import challenge
from services.identity.users import access
from services.identity.users.user import TOTP, User

SETUP, ASSOCIATED, VERIFIED = "MFA_SETUP", "MFA_SETUP associated", "MFA_SETUP verified"


async def associate_software_token(box: Box, asked: Asked) -> Answer:
    """A new secret for an app; it counts once a code of it was verified. By access token, or by MFA_SETUP's Session."""
    user, client, state = await _caller(box, asked, SETUP, ASSOCIATED)
    secret = totp.new_secret()
    await box.users.set(user, totp_pending=box.vault.seal(_purpose(user), {"secret": secret}))
    answer: Answer = {"SecretCode": secret}
    if state and client:
        answer["Session"] = challenge.issue(box, client, {**_kept(state), "challenge": ASSOCIATED})
    return answer


async def verify_software_token(box: Box, asked: Asked) -> Answer:
    """The first code of the app proves that it has the secret."""
    user, client, state = await _caller(box, asked, ASSOCIATED)
    step = _step(box, user, user.totp_pending, asked["UserCode"])
    if step is None:
        raise AwsError("EnableSoftwareTokenMFAException", "Code mismatch")
    await box.users.set(user, totp=user.totp_pending, totp_pending=b"", totp_step=step)
    answer: Answer = {"Status": "SUCCESS"}
    if state and client:
        answer["Session"] = challenge.issue(box, client, {**_kept(state), "challenge": VERIFIED})
    return answer


async def set_user_mfa_preference(box: Box, asked: Asked) -> Answer:
    """Switch the second factor on or off."""
    bearer = await access.bearer(box, asked["AccessToken"])
    return await _prefer(box, bearer.user, asked)


async def admin_set_user_mfa_preference(box: Box, asked: Asked) -> Answer:
    """The same, by an administrator."""
    pool = await box.pools.get(asked["UserPoolId"])
    return await _prefer(box, await box.users.get(pool, asked["Username"]), asked)


async def use(box: Box, user: User, code: str) -> User:
    """Take a code of the user's app. Raises CodeMismatchException, and ExpiredCodeException for one used before."""
    step = _step(box, user, user.totp, code)
    if step is None:
        raise AwsError("CodeMismatchException", "Invalid code received for user")

    def later(now: User) -> dict[str, int]:
        if step <= now.totp_step:
            raise AwsError("ExpiredCodeException", "Your software token has already been used once.")
        return {"totp_step": step}

    return await box.users.change(user, later)


async def _prefer(box: Box, user: User, asked: Asked) -> Answer:
    wish = asked.get("SoftwareTokenMfaSettings") or {}
    if wish.get("Enabled") and not user.totp:
        raise invalid("User has not verified software token mfa")
    on = bool(wish.get("Enabled"))
    preferred = TOTP if on and wish.get("PreferredMfa") else ""
    await box.users.set(user, mfa=[TOTP] if on else [], preferred_mfa=preferred)
    return {}


async def _caller(box: Box, asked: Asked, *challenges: str) -> tuple[User, Settings | None, dict[str, Any] | None]:
    if token := asked.get("AccessToken"):
        bearer = await access.bearer(box, token)
        return bearer.user, None, None
    client_id = challenge.client_of(box, asked.get("Session"))
    pool = await box.pools.of_client(client_id)
    client = pool.client(client_id)
    state = challenge.read(box, client, asked.get("Session"), *challenges)
    user = await box.users.by_key(pool, state["user"])
    if user is None:
        raise no_user()
    return user, client, state


def _step(box: Box, user: User, sealed: bytes, code: str) -> int | None:
    return totp.step_of(box.vault.open(_purpose(user), sealed)["secret"], code, box.clock()) if sealed else None


def _kept(state: dict[str, Any]) -> dict[str, Any]:
    return {"user": state["user"], "source": state["source"]}


def _purpose(user: User) -> str:
    return f"totp/{user.pool}/{user.sub}"


OPERATIONS = {
    "AssociateSoftwareToken": associate_software_token,
    "VerifySoftwareToken": verify_software_token,
    "SetUserMFAPreference": set_user_mfa_preference,
    "AdminSetUserMFAPreference": admin_set_user_mfa_preference,
}
