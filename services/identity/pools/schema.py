"""Attributes: which there are, which values they take. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from services.identity.errors import invalid, not_authorized

Attributes = Mapping[str, str]

_TEXTS = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "address",
]
_FLAGS = ("email_verified", "phone_number_verified")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)*")
_PHONE = re.compile(r"\+\d{5,15}")
_LONGEST = 254  # characters of a mail address
_ONLY_COGNITO = frozenset({"sub", *_FLAGS})
"""What users cannot write themselves."""


def _standard(name: str, kind: str, *, mutable: bool = True, required: bool = False, **limits: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": mutable,
        "Required": required,
        **limits,
    }


def _text(least: str = "0", most: str = "2048") -> dict[str, Any]:
    return {"StringAttributeConstraints": {"MinLength": least, "MaxLength": most}}


STANDARD: Mapping[str, dict[str, Any]] = {
    "sub": _standard("sub", "String", mutable=False, required=True, **_text("1")),
    **{name: _standard(name, "String", **_text()) for name in _TEXTS},
    "birthdate": _standard("birthdate", "String", **_text("10", "10")),
    **{name: _standard(name, "Boolean") for name in _FLAGS},
    "updated_at": _standard("updated_at", "Number", NumberAttributeConstraints={"MinValue": "0"}),
    "identities": _standard("identities", "String", StringAttributeConstraints={}),
}


def attributes(declared: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Name -> SchemaAttributeType: the standard ones as declared, and the custom ones under custom:."""
    found = {name: dict(attribute) for name, attribute in STANDARD.items()}
    for one in declared:
        name = one["Name"]
        if name in STANDARD:
            found[name].update({key: value for key, value in one.items() if value is not None})
        else:
            name = name if name.startswith("custom:") else f"custom:{name}"
            found[name] = _standard(name, "String", mutable=True) | dict(one) | {"Name": name, "Required": False}
    return found


def as_dict(given: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """[{"Name", "Value"}] as name -> value."""
    return {one["Name"]: str(one.get("Value", "")) for one in given or ()}


def as_list(values: Attributes) -> list[dict[str, str]]:
    """Name -> value as [{"Name", "Value"}]."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


def check(schema: Mapping[str, Mapping[str, Any]], values: Attributes) -> None:
    """Raise InvalidParameterException for what the schema does not know or not allow."""
    for name, value in values.items():
        if name not in schema:
            raise _nonconforming(f"Type for attribute {{{name}}} could not be determined")
        if trouble := _trouble(schema[name], value):
            raise _nonconforming(f"{name}: {trouble}")
    if values.get("email") and not (_EMAIL.fullmatch(values["email"]) and len(values["email"]) <= _LONGEST):
        raise invalid("Invalid email address format.")
    if values.get("phone_number") and not _PHONE.fullmatch(values["phone_number"]):
        raise invalid("Invalid phone number format.")


def check_required(schema: Mapping[str, Mapping[str, Any]], values: Attributes) -> None:
    """Raise InvalidParameterException when a required attribute was not given."""
    lacking = [name for name, one in schema.items() if one.get("Required") and name != "sub" and not values.get(name)]
    if lacking:
        raise _nonconforming("".join(f"{name}: The attribute is required\n" for name in lacking))


def check_change(schema: Mapping[str, Mapping[str, Any]], names: Iterable[str]) -> None:
    """Raise InvalidParameterException when one of these cannot be changed once it is set."""
    for name in names:
        if name == "sub" or not schema.get(name, {}).get("Mutable", True):
            raise invalid(f"user.{name}: Attribute cannot be updated.\n")


def check_write(client: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise NotAuthorizedException when a user, through this app client, may not write one of these."""
    allowed = client.get("WriteAttributes")
    for name in names:
        if name in _ONLY_COGNITO or name.startswith("dev:") or (allowed and name not in allowed):
            raise not_authorized("A client attempted to write unauthorized attribute")


def readable(client: Mapping[str, Any], values: Attributes) -> dict[str, str]:
    """What an app client may read."""
    allowed = client.get("ReadAttributes")
    return {name: value for name, value in values.items() if not allowed or name in allowed or name == "sub"}


def _trouble(attribute: Mapping[str, Any], value: str) -> str:
    kind = attribute.get("AttributeDataType")
    if kind == "Boolean":
        return "" if value.lower() in {"true", "false"} else "Attribute value must be a boolean"
    if kind == "Number":
        return _number_trouble(attribute.get("NumberAttributeConstraints") or {}, value)
    limits = attribute.get("StringAttributeConstraints") or {}
    if len(value) < int(limits.get("MinLength", 0)) and value:
        return f"String must be at least {limits['MinLength']} characters long"
    if len(value) > int(limits.get("MaxLength", 2048)):
        return f"String must be no longer than {limits.get('MaxLength', 2048)} characters"
    return ""


def _number_trouble(limits: Mapping[str, str], value: str) -> str:
    try:
        number = int(value)
        least, most = int(limits.get("MinValue") or number), int(limits.get("MaxValue") or number)
    except ValueError:
        return "Attribute value must be a number"
    return "" if least <= number <= most else "Number is out of its range"


def _nonconforming(what: str) -> Exception:
    return invalid(f"Attributes did not conform to the schema: {what}")
