"""The password policy. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
"""

from collections.abc import Mapping
from typing import Any

from cloud.errors import AwsError
from services.identity.errors import invalid

_SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ")
_KINDS = (
    ("RequireUppercase", "uppercase", str.isupper),
    ("RequireLowercase", "lowercase", str.islower),
    ("RequireNumbers", "numeric", str.isdigit),
    ("RequireSymbols", "symbol", _SYMBOLS.__contains__),
)
_LEAST, _MOST = 6, 99


def check(policy: Mapping[str, Any], password: str) -> None:
    """Raise InvalidPasswordException, naming the first thing that the password lacks."""
    if len(password) < int(policy["MinimumLength"]):
        raise _nonconforming("Password not long enough")
    for name, kind, holds in _KINDS:
        if policy[name] and not any(map(holds, password)):
            raise _nonconforming(f"Password must have {kind} characters")
    if password != password.strip():
        raise _nonconforming("Password must not start or end with whitespace")


def check_policy(declared: Mapping[str, Any]) -> None:
    """Raise InvalidParameterException for a policy that no pool can have."""
    length = declared.get("MinimumLength")
    if length is not None and not _LEAST <= int(length) <= _MOST:
        raise invalid(f"Minimum password length must be between {_LEAST} and {_MOST}")


def _nonconforming(what: str) -> AwsError:
    return AwsError("InvalidPasswordException", f"Password did not conform with policy: {what}")
