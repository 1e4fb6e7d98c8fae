"""SignUp, ConfirmSignUp, ResendConfirmationCode.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html
"""

import uuid
from typing import Any

from services.identity.box import Answer, Asked, Box
from services.identity.errors import (
    code_mismatch,
    invalid,
    no_user,
    not_authorized,
    user_exists,
)
from services.identity.mail import delivery
from services.identity.pools import policy, schema, secret_hash
from services.identity.pools.pool import Pool
from services.identity.users import credentials, hooks
from services.identity.users.user import CONFIRMED, UNCONFIRMED, User
from services.identity.visit import Visit, by_client


async def sign_up(box: Box, asked: Asked) -> Answer:
    """A new user, who has to confirm the address, unless PreSignUp says otherwise."""
    visit = await by_client(box, asked)
    pool, client = visit.pool, visit.client
    secret_hash.check(client, asked.get("SecretHash"), asked["Username"])
    if pool.admin_only:
        raise not_authorized("SignUp is not permitted for this user pool")
    attributes = schema.as_dict(asked.get("UserAttributes"))
    schema.check_write(client, attributes)
    user = new_user(pool, asked["Username"], attributes)
    schema.check(pool.schema, user.attributes)
    schema.check_required(pool.schema, user.attributes)
    password = asked.get("Password") or ""
    policy.check(pool.policy, password)
    if await box.users.by_key(pool, user.key):
        raise user_exists()
    verdict = await hooks.before_sign_up(box, visit, user, "PreSignUp_SignUp")
    user = hooks.judged(user, verdict)
    user = await box.users.create(pool, User(**{**vars(user), **await credentials.kept(box, pool, user, password)}))
    if user.status == CONFIRMED:
        await confirmed(box, visit, user, "PostConfirmation_ConfirmSignUp")
    return {
        "UserConfirmed": user.status == CONFIRMED,
        "UserSub": user.sub,
        **await _delivered(box, visit, user, "CustomMessage_SignUp"),
    }


async def confirm_sign_up(box: Box, asked: Asked) -> Answer:
    """The code proves the address, and the user is CONFIRMED."""
    secret_hash.check((await by_client(box, asked)).client, asked.get("SecretHash"), asked["Username"])
    return await confirm_by_link(box, asked)


async def confirm_by_link(box: Box, asked: Asked) -> Answer:
    """The same for who followed a link: a browser knows no client's secret."""
    visit = await by_client(box, asked)
    pool = visit.pool
    user = await box.users.find(pool, asked["Username"])
    if user is None:
        raise await unless_hidden(box, visit, "signup", asked["ConfirmationCode"])
    if user.status != UNCONFIRMED:
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")
    code = asked["ConfirmationCode"].strip()
    attribute = delivery.to_verify(pool, user)
    address = user.attributes.get(attribute, "")
    await box.codes.check(user, "signup", code, address)
    if attribute:
        await box.users.claim(pool, user, attribute, force=bool(asked.get("ForceAliasCreation")))
    await box.codes.spend(user, "signup", code, address)
    flag = {f"{attribute}_verified": "true"} if attribute else {}
    user = await box.users.change(user, lambda now: {"status": CONFIRMED, "attributes": {**now.attributes, **flag}})
    await confirmed(box, visit, user, "PostConfirmation_ConfirmSignUp")
    return {}


async def resend_confirmation_code(box: Box, asked: Asked) -> Answer:
    """A new code, in place of the one before."""
    visit = await by_client(box, asked)
    pool, client = visit.pool, visit.client
    secret_hash.check(client, asked.get("SecretHash"), asked["Username"])
    user = await box.users.find(pool, asked["Username"])
    if user is None:
        return await pretended(box, visit, "signup")
    if user.status != UNCONFIRMED:
        raise invalid("User is already confirmed.")
    found = await _delivered(box, visit, user, "CustomMessage_ResendCode")
    if not found:
        raise invalid("Auto verification not turned on.")
    return found


def new_user(pool: Pool, username: str, attributes: dict[str, str]) -> User:
    """A user with this name, or, in pools where an address is the name, with this address.

    Raises InvalidParameterException for a name that the pool does not take.
    """
    sub = str(uuid.uuid4())
    if pool.username_attributes:
        kind = "email" if "@" in username else "phone_number" if username.startswith("+") else ""
        if kind not in pool.username_attributes:
            names = " or ".join(sorted(name.removesuffix("_number") for name in pool.username_attributes))
            raise invalid(f"Username should be {'an' if names.startswith('e') else 'a'} {names}.")
        return User(pool.id, sub, sub, sub, {**attributes, kind: username})
    if "@" in username and "email" in pool.aliases:
        raise invalid("Username cannot be of email format, since user pool is configured for email alias.")
    return User(pool.id, pool.key(username), username, sub, attributes)


async def confirmed(box: Box, visit: Visit, user: User, source: str) -> None:
    """Tell the pool's PostConfirmation function; whatever it says, the user stays confirmed."""
    request = {"userAttributes": user.for_triggers(), "clientMetadata": visit.metadata}
    await box.triggers.run(visit, "PostConfirmation", source, user.username, request)


async def unless_hidden(box: Box, visit: Visit, purpose: str, code: str) -> Exception:
    """The error for a code in nobody's name: as for somebody who has asked for one, or has not."""
    if not secret_hash.hides_existence(visit.client):
        return no_user()
    await box.codes.check(_decoy(box, visit), purpose, code.strip())
    return code_mismatch()


async def pretended(box: Box, visit: Visit, purpose: str) -> Answer:
    """The answer to who asks for a code in nobody's name: as for somebody, and it takes as long."""
    if not secret_hash.hides_existence(visit.client):
        raise no_user()
    await box.codes.issue(_decoy(box, visit), purpose)
    await box.post.pretend()
    return {"CodeDeliveryDetails": decoy_details(box, visit.pool, visit.asked["Username"])}


def _decoy(box: Box, visit: Visit) -> User:
    key = visit.pool.key(visit.asked["Username"])
    sub = uuid.UUID(bytes=box.vault.digest("decoy sub", visit.pool.id, key)[:16], version=4)
    return User(visit.pool.id, key, key, str(sub))


def decoy_details(box: Box, pool: Pool, typed: str) -> dict[str, str]:
    """CodeDeliveryDetails for somebody who is not there: the same each time."""
    letters = box.vault.digest("decoy address", pool.id, typed)
    first, second = (chr(ord("a") + byte % 26) for byte in letters[:2])
    return {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": f"{first}***@{second}***"}


async def _delivered(box: Box, visit: Visit, user: User, source: str) -> dict[str, Any]:
    attribute = delivery.to_verify(visit.pool, user)
    if user.status != UNCONFIRMED or not attribute:
        return {}
    details = await delivery.send_code(box, visit, user, attribute, purpose="signup", source=source)
    return {"CodeDeliveryDetails": details}


OPERATIONS = {
    "SignUp": sign_up,
    "ConfirmSignUp": confirm_sign_up,
    "ResendConfirmationCode": resend_confirmation_code,
}
