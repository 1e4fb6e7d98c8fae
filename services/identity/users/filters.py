"""ListUsers' filter: attribute = "value", or attribute ^= "beginning". Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html
"""

import re
from collections.abc import Callable

from services.identity.errors import invalid
from services.identity.users.user import User

_FORM = re.compile(r'\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_SEARCHABLE = frozenset(
    [
        "username",
        "email",
        "phone_number",
        "name",
        "given_name",
        "family_name",
        "preferred_username",
        "cognito:user_status",
        "status",
        "sub",
    ]
)
_WITHOUT_CASE = frozenset({"cognito:user_status", "status"})


def parse(text: str | None) -> Callable[[User], bool]:
    """Whether a user passes. Raises InvalidParameterException for what is no filter."""
    if not text:
        return lambda _: True
    found = _FORM.fullmatch(text)
    if not found:
        raise invalid(f"Error while parsing filter: {text}")
    name, operator, value = found[1], found[2], re.sub(r"\\(.)", r"\1", found[3])
    if name not in _SEARCHABLE:
        raise invalid(f"Attribute {name} is not searchable")
    if name in _WITHOUT_CASE:
        value = value.lower()

    def passes(user: User) -> bool:
        actual = _value(user, name)
        return actual is not None and (actual == value if operator == "=" else actual.startswith(value))

    return passes


def _value(user: User, name: str) -> str | None:
    if name == "username":
        return user.username
    if name == "status":
        return "enabled" if user.enabled else "disabled"
    if name == "cognito:user_status":
        return user.status.lower()
    return user.all_attributes().get(name)
