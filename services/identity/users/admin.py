"""What administrators do with users.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
"""

from dataclasses import replace

from cloud.errors import AwsError
from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid, not_authorized, user_exists
from services.identity.mail import delivery
from services.identity.pools import policy, schema
from services.identity.pools.pool import Pool
from services.identity.secrets import passwords
from services.identity.users import account, credentials, filters, hooks, recovery, sign_up
from services.identity.users.paging import page
from services.identity.users.user import CONFIRMED, FORCE_CHANGE, RESET_REQUIRED, UNCONFIRMED, User
from services.identity.visit import Visit, by_administrator

_DAY = 86400.0  # seconds


async def admin_create_user(box: Box, asked: Asked) -> Answer:
    """A user with a temporary password, who is told so unless MessageAction says SUPPRESS."""
    pool = await box.pools.get(asked["UserPoolId"])
    visit = by_administrator(pool, asked)
    if asked.get("MessageAction") == "RESEND":
        return await _invite_again(box, visit)
    attributes = schema.as_dict(asked.get("UserAttributes"))
    attributes.pop("sub", None)
    user = replace(sign_up.new_user(pool, asked["Username"], attributes), status=FORCE_CHANGE)
    schema.check(pool.schema, user.attributes)
    password = _temporary(pool, asked)
    if await box.users.by_key(pool, user.key):
        raise user_exists()
    verdict = await hooks.before_sign_up(box, visit, user, "PreSignUp_AdminCreateUser")
    user = hooks.judged(user, {**verdict, "autoConfirmUser": False})
    kept = await credentials.kept(box, pool, user, password)
    user = replace(user, **kept, temporary_until=_temporary_until(box, pool))
    for attribute in delivery.MEDIUM:
        if user.attributes.get(f"{attribute}_verified") == "true":
            await box.users.claim(pool, user, attribute, force=bool(asked.get("ForceAliasCreation")))
    user = await box.users.create(pool, user)
    if asked.get("MessageAction") != "SUPPRESS":
        await delivery.send_invitation(box, visit, user, password)
    return {"User": user.listed()}


async def admin_get_user(box: Box, asked: Asked) -> Answer:
    """One user."""
    _, user = await _found(box, asked)
    return {**user.shown(), "UserAttributes": schema.as_list(user.all_attributes()), **user.mfa_fields()}


async def admin_delete_user(box: Box, asked: Asked) -> Answer:
    """The end of a user."""
    await box.users.delete(*await _found(box, asked))
    return {}


async def admin_confirm_sign_up(box: Box, asked: Asked) -> Answer:
    """CONFIRMED without a code; the address stays unverified."""
    pool, user = await _found(box, asked)
    if user.status != UNCONFIRMED:
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")
    user = await box.users.set(user, status=CONFIRMED)
    await sign_up.confirmed(box, by_administrator(pool, asked), user, "PostConfirmation_ConfirmSignUp")
    return {}


async def admin_disable_user(box: Box, asked: Asked) -> Answer:
    """Nobody signs in as this user, and all sessions are over."""
    _, user = await _found(box, asked)
    await box.users.set(user, enabled=False, signed_out=box.clock())
    return {}


async def admin_enable_user(box: Box, asked: Asked) -> Answer:
    """The user may sign in again."""
    _, user = await _found(box, asked)
    await box.users.set(user, enabled=True)
    return {}


async def admin_reset_user_password(box: Box, asked: Asked) -> Answer:
    """The password no longer counts; a code to set a new one is sent."""
    pool, user = await _found(box, asked)
    if user.status not in {CONFIRMED, RESET_REQUIRED}:
        raise not_authorized("User password cannot be reset in the current state.")
    await recovery.send_code(box, by_administrator(pool, asked), user)
    await box.users.set(user, status=RESET_REQUIRED)
    return {}


async def admin_set_user_password(box: Box, asked: Asked) -> Answer:
    """A permanent password, or a temporary one that has to be changed at the next sign-in."""
    pool, user = await _found(box, asked)
    policy.check(pool.policy, asked["Password"])
    permanent = bool(asked.get("Permanent"))
    await box.users.set(
        user,
        **await credentials.kept(box, pool, user, asked["Password"]),
        status=CONFIRMED if permanent else FORCE_CHANGE,
        temporary_until=0 if permanent else _temporary_until(box, pool),
    )
    return {}


async def admin_update_user_attributes(box: Box, asked: Asked) -> Answer:
    """New values, flags that only administrators may set among them."""
    pool, user = await _found(box, asked)
    await account.put_attributes(box, pool, user, schema.as_dict(asked["UserAttributes"]))
    return {}


async def admin_delete_user_attributes(box: Box, asked: Asked) -> Answer:
    """Remove values."""
    pool, user = await _found(box, asked)
    await account.drop_attributes(box, pool, user, asked["UserAttributeNames"])
    return {}


async def list_users(box: Box, asked: Asked) -> Answer:
    """Users, filtered, in the order of their creation."""
    pool = await box.pools.get(asked["UserPoolId"])
    passes = filters.parse(asked.get("Filter"))
    found = [user for user in await box.users.all(pool) if passes(user)]
    shown, more = page(found, asked.get("Limit"), asked.get("PaginationToken"))
    users = [user.listed(asked.get("AttributesToGet")) for user in shown]
    return {"Users": users, **({"PaginationToken": more} if more else {})}


async def _found(box: Box, asked: Asked) -> tuple[Pool, User]:
    pool = await box.pools.get(asked["UserPoolId"])
    return pool, await box.users.get(pool, asked["Username"])


async def _invite_again(box: Box, visit: Visit) -> Answer:
    pool, asked = visit.pool, visit.asked
    user = await box.users.get(pool, asked["Username"])
    if user.status != FORCE_CHANGE:
        raise AwsError("UnsupportedUserStateException", f"Resend not possible. {user.username} status is not allowed.")
    password = _temporary(pool, asked)
    kept = await credentials.kept(box, pool, user, password)
    user = await box.users.set(user, **kept, temporary_until=_temporary_until(box, pool))
    await delivery.send_invitation(box, visit, user, password)
    return {"User": user.listed()}


def _temporary(pool: Pool, asked: Asked) -> str:
    given = asked.get("TemporaryPassword")
    if given is None:
        return passwords.generate(max(10, int(pool.policy["MinimumLength"])))
    if not given:
        raise invalid("Temporary password must not be empty")
    policy.check(pool.policy, given)
    return str(given)


def _temporary_until(box: Box, pool: Pool) -> float:
    return box.clock() + _DAY * float(pool.policy["TemporaryPasswordValidityDays"])


OPERATIONS = {
    "AdminCreateUser": admin_create_user,
    "AdminGetUser": admin_get_user,
    "AdminDeleteUser": admin_delete_user,
    "AdminConfirmSignUp": admin_confirm_sign_up,
    "AdminDisableUser": admin_disable_user,
    "AdminEnableUser": admin_enable_user,
    "AdminResetUserPassword": admin_reset_user_password,
    "AdminSetUserPassword": admin_set_user_password,
    "AdminUpdateUserAttributes": admin_update_user_attributes,
    "AdminDeleteUserAttributes": admin_delete_user_attributes,
    "ListUsers": list_users,
}
