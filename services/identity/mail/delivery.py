"""Which address of a user gets a code, and the code on its way there."""

from urllib.parse import urlencode

from services.identity.box import Box
from services.identity.errors import invalid
from services.identity.mail import letters
from services.identity.mail.letters import Letter
from services.identity.pools.pool import Pool
from services.identity.users.user import User
from services.identity.visit import Visit

MEDIUM = {"email": "EMAIL", "phone_number": "SMS"}


def details(attribute: str, address: str) -> dict[str, str]:
    """CodeDeliveryDetails."""
    return {"AttributeName": attribute, "DeliveryMedium": MEDIUM[attribute], "Destination": letters.masked(address)}


def to_verify(pool: Pool, user: User) -> str:
    """The attribute that gets a code at sign-up, "" for none: the telephone before the mail address, as on AWS."""
    wanted = (name for name in ("phone_number", "email") if name in pool.auto_verified)
    return next((name for name in wanted if user.attributes.get(name)), "")


def to_recover(pool: Pool, user: User) -> str:
    """The attribute by which a forgotten password is replaced. Raises InvalidParameterException when there is none."""
    setting = (pool.settings.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or []
    ranked = [one["Name"].removeprefix("verified_") for one in sorted(setting, key=lambda one: one["Priority"])]
    for name in ranked or ["email", "phone_number"]:
        if name in MEDIUM and user.attributes.get(name) and user.attributes.get(f"{name}_verified") == "true":
            return str(name)
    raise invalid("Cannot reset password for the user as there is no registered/verified email or phone_number")


async def send_code(box: Box, visit: Visit, user: User, attribute: str, *, purpose: str, source: str) -> dict[str, str]:
    """Send a new code. source: of the CustomMessage function, "CustomMessage_SignUp". Returns CodeDeliveryDetails."""
    address = user.attributes[attribute]
    # A new password is whoever's who had the code; all others prove the address that they went to.
    code = await box.codes.issue(user, purpose, "" if purpose == "password" else address)
    letter = letters.verification(visit.pool)
    place = {}
    if purpose == "signup" and attribute == "email" and letters.by_link(visit.pool):
        letter = letters.link(visit.pool)
        place = {"client_id": visit.client_id, "user_name": user.username, "confirmation_code": code}
    letter = await _customized(box, visit, user, letter, source)
    full = letter.filled(code, user.username, f"{box.url}/confirmUser?{urlencode(place)}" if place else "")
    await box.post.send(address, full.subject, full.text, code)
    return details(attribute, address)


async def send_invitation(box: Box, visit: Visit, user: User, password: str) -> None:
    """Tell a user whom an administrator has created about it, where there is an address."""
    attribute = next((name for name in ("email", "phone_number") if user.attributes.get(name)), "")
    if not attribute:
        return
    source = "CustomMessage_AdminCreateUser"
    letter = await _customized(box, visit, user, letters.invitation(visit.pool), source)
    full = letter.filled(password, user.username)
    await box.post.send(user.attributes[attribute], full.subject, full.text, password)


async def _customized(box: Box, visit: Visit, user: User, letter: Letter, source: str) -> Letter:
    request = {
        "userAttributes": user.for_triggers(),
        "codeParameter": letters.CODE,
        "linkParameter": "{##Click Here##}",
        "usernameParameter": letters.USERNAME if source.endswith("AdminCreateUser") else None,
        "clientMetadata": visit.metadata,
    }
    response = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
    answer = await box.triggers.run(visit, "CustomMessage", source, user.username, request, response=response)
    return letters.customized(letter, answer)
