"""What a user who is signed in can see and change of the own account.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html
"""

from collections.abc import Mapping
from dataclasses import replace

from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid
from services.identity.mail import delivery
from services.identity.mail.delivery import MEDIUM
from services.identity.pools import schema
from services.identity.pools.pool import Pool
from services.identity.users import access
from services.identity.users.access import Bearer
from services.identity.users.user import User


async def get_user(box: Box, asked: Asked) -> Answer:
    """Who holds this access token."""
    bearer = await access.bearer(box, asked["AccessToken"], asked=asked)
    values = schema.readable(bearer.client, bearer.user.all_attributes())
    return {
        "Username": bearer.user.username,
        "UserAttributes": schema.as_list(values),
        **bearer.user.mfa_fields(),
    }


async def update_user_attributes(box: Box, asked: Asked) -> Answer:
    """New values; a new address is unverified, and gets a code where the pool verifies such addresses."""
    bearer = await access.bearer(box, asked["AccessToken"], asked=asked)
    pool, new = bearer.pool, schema.as_dict(asked["UserAttributes"])
    schema.check_write(bearer.client, new)
    user = await put_attributes(box, pool, bearer.user, new)
    changed = [name for name in MEDIUM if name in new and new[name] != bearer.user.attributes.get(name)]
    wanted = [name for name in changed if name in pool.auto_verified]
    sent = [await _send(box, bearer, user, name, "UpdateUserAttribute") for name in wanted]
    return {"CodeDeliveryDetailsList": sent}


async def delete_user_attributes(box: Box, asked: Asked) -> Answer:
    """Remove values."""
    bearer = await access.bearer(box, asked["AccessToken"], asked=asked)
    schema.check_write(bearer.client, asked["UserAttributeNames"])
    await drop_attributes(box, bearer.pool, bearer.user, asked["UserAttributeNames"])
    return {}


async def get_user_attribute_verification_code(box: Box, asked: Asked) -> Answer:
    """A code to an address of the user's."""
    bearer = await access.bearer(box, asked["AccessToken"], asked=asked)
    attribute = asked["AttributeName"]
    if attribute not in MEDIUM or not bearer.user.attributes.get(attribute):
        raise invalid(f"User has no {attribute} to verify")
    details = await _send(box, bearer, bearer.user, attribute, "VerifyUserAttribute")
    return {"CodeDeliveryDetails": details}


async def verify_user_attribute(box: Box, asked: Asked) -> Answer:
    """The code proves the address."""
    bearer = await access.bearer(box, asked["AccessToken"], asked=asked)
    user, attribute, code = bearer.user, asked["AttributeName"], asked["Code"].strip()
    if attribute not in MEDIUM:
        raise invalid(f"{attribute} cannot be verified")
    address = user.attributes.get(attribute, "")
    await box.codes.check(user, attribute, code, address)
    await box.users.claim(bearer.pool, user, attribute)
    await box.codes.spend(user, attribute, code, address)
    flag = {f"{attribute}_verified": "true"}
    await box.users.change(user, lambda now: {"attributes": {**now.attributes, **flag}})
    return {}


async def delete_user(box: Box, asked: Asked) -> Answer:
    """The end of the account."""
    bearer = await access.bearer(box, asked["AccessToken"], asked=asked)
    await box.users.delete(bearer.pool, bearer.user)
    return {}


async def put_attributes(box: Box, pool: Pool, user: User, new: Mapping[str, str]) -> User:
    """Store new values; names that lead to the user follow. Raises InvalidParameterException, AliasExistsException."""
    schema.check(pool.schema, new)
    schema.check_change(pool.schema, new)
    flags = {
        f"{name}_verified": "false"
        for name in MEDIUM
        if name in new and new[name] != user.attributes.get(name) and f"{name}_verified" not in new
    }
    changed = replace(user, attributes={**user.attributes, **flags, **new})
    for attribute in sorted(pool.aliases & new.keys()):
        if attribute in pool.username_attributes or _leads(changed, attribute):
            await box.users.claim(pool, changed, attribute)
        if changed.attributes.get(attribute) != user.attributes.get(attribute):
            await box.users.release(pool, user, attribute)
    for attribute in MEDIUM:  # a flag alone can make an address lead to its user
        if f"{attribute}_verified" in new and _leads(changed, attribute):
            await box.users.claim(pool, changed, attribute)
    kept = {**flags, **new}
    return await box.users.change(
        user, lambda now: {"attributes": {k: v for k, v in {**now.attributes, **kept}.items() if v != ""}}
    )


async def drop_attributes(box: Box, pool: Pool, user: User, names: list[str]) -> None:
    """Remove values. Raises InvalidParameterException for one that must be there."""
    schema.check_change(pool.schema, names)
    if required := [name for name in names if pool.schema.get(name, {}).get("Required")]:
        raise invalid(f"user.{required[0]}: Attribute is required and cannot be deleted.\n")
    for attribute in sorted(pool.aliases & set(names)):
        await box.users.release(pool, user, attribute)
    gone = {*names, *(f"{name}_verified" for name in names if name in MEDIUM)}
    await box.users.change(user, lambda now: {"attributes": {k: v for k, v in now.attributes.items() if k not in gone}})


def _leads(user: User, attribute: str) -> bool:
    return attribute == "preferred_username" or user.attributes.get(f"{attribute}_verified") == "true"


async def _send(box: Box, bearer: Bearer, user: User, attribute: str, source: str) -> dict[str, str]:
    full = f"CustomMessage_{source}"
    return await delivery.send_code(box, bearer.visit, user, attribute, purpose=attribute, source=full)


OPERATIONS = {
    "GetUser": get_user,
    "UpdateUserAttributes": update_user_attributes,
    "DeleteUserAttributes": delete_user_attributes,
    "GetUserAttributeVerificationCode": get_user_attribute_verification_code,
    "VerifyUserAttribute": verify_user_attribute,
    "DeleteUser": delete_user,
}
