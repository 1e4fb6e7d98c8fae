"""ForgotPassword, ConfirmForgotPassword, ChangePassword.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgotPassword.html
"""

from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid, not_authorized
from services.identity.mail import delivery
from services.identity.pools import policy, secret_hash
from services.identity.users import access, credentials, hooks, sign_up
from services.identity.users.user import CONFIRMED, FORCE_CHANGE, UNCONFIRMED, User
from services.identity.visit import Visit, by_client

PURPOSE = "password"
SOURCE = "CustomMessage_ForgotPassword"


async def forgot_password(box: Box, asked: Asked) -> Answer:
    """A code to the verified address; to nobody's address when nobody may know that there is no such user."""
    visit = await by_client(box, asked)
    pool, client = visit.pool, visit.client
    typed = asked["Username"]
    secret_hash.check(client, asked.get("SecretHash"), typed)
    user = await box.users.find(pool, typed)
    if user is None and pool.triggers.get("UserMigration"):
        user = await hooks.migrated(box, visit, typed, "", forgot=True)
    if user is None or (secret_hash.hides_existence(client) and not user.enabled):
        return await sign_up.pretended(box, visit, PURPOSE)
    _check_may_recover(user)
    return {"CodeDeliveryDetails": await send_code(box, visit, user)}


async def confirm_forgot_password(box: Box, asked: Asked) -> Answer:
    """The code, and the new password in place of the old."""
    visit = await by_client(box, asked)
    pool, client = visit.pool, visit.client
    secret_hash.check(client, asked.get("SecretHash"), asked["Username"])
    policy.check(pool.policy, asked["Password"])
    user = await box.users.find(pool, asked["Username"])
    if user is None:
        raise await sign_up.unless_hidden(box, visit, PURPOSE, asked["ConfirmationCode"])
    if not user.enabled:
        raise not_authorized("User is disabled.")
    code = asked["ConfirmationCode"].strip()
    await box.codes.check(user, PURPOSE, code)
    kept = await credentials.kept(box, pool, user, asked["Password"])
    await box.codes.spend(user, PURPOSE, code)
    user = await box.users.set(user, **kept, status=CONFIRMED)
    await sign_up.confirmed(box, visit, user, "PostConfirmation_ConfirmForgotPassword")
    return {}


async def change_password(box: Box, asked: Asked) -> Answer:
    """The old password, and the new one."""
    bearer = await access.bearer(box, asked["AccessToken"])
    pool, user = bearer.pool, bearer.user
    policy.check(pool.policy, asked["ProposedPassword"])
    async with box.lockout.attempt(pool.id, user.key) as attempt:
        if not await box.hasher.matches(asked.get("PreviousPassword") or "", user.password):
            await attempt.failed()
            raise not_authorized()
        await attempt.succeeded()
    await box.users.set(user, **await credentials.kept(box, pool, user, asked["ProposedPassword"]))
    return {}


async def send_code(box: Box, visit: Visit, user: User) -> dict[str, str]:
    """Send the code by which a password is replaced."""
    attribute = delivery.to_recover(visit.pool, user)
    return await delivery.send_code(box, visit, user, attribute, purpose=PURPOSE, source=SOURCE)


def _check_may_recover(user: User) -> None:
    if not user.enabled:
        raise not_authorized("User is disabled.")
    if user.status == FORCE_CHANGE:
        raise not_authorized("User password cannot be reset in the current state.")
    if user.status == UNCONFIRMED:
        message = "Cannot reset password for the user as there is no registered/verified email or phone_number"
        raise invalid(message)


OPERATIONS = {
    "ForgotPassword": forgot_password,
    "ConfirmForgotPassword": confirm_forgot_password,
    "ChangePassword": change_password,
}
