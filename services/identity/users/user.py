"""A user as it is stored and as Cognito's API shows it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from services.identity.pools import schema

UNCONFIRMED, CONFIRMED = "UNCONFIRMED", "CONFIRMED"
FORCE_CHANGE, RESET_REQUIRED = "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED"
TOTP = "SOFTWARE_TOKEN_MFA"


@dataclass(frozen=True)
class User:
    """One user. key: the name as it is compared. Times are seconds since 1970, 0 for never.

    password: a scrypt hash; srp: a sealed SRP verifier; totp: a sealed secret; all three may be missing.
    """

    pool: str
    key: str
    username: str
    sub: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    status: str = UNCONFIRMED
    enabled: bool = True
    created: float = 0
    modified: float = 0
    password: Mapping[str, Any] | None = None
    srp: bytes = b""
    groups: tuple[str, ...] = ()
    signed_out: float = 0
    """Sessions that began before this are over."""
    totp: bytes = b""
    totp_pending: bytes = b""
    """The secret of an app that has not shown a code yet."""
    totp_step: int = 0
    """The step of the last code that was used; none counts twice."""
    mfa: tuple[str, ...] = ()
    preferred_mfa: str = ""
    temporary_until: float = 0
    """When the temporary password ends."""
    version: int = 1

    def shown(self) -> dict[str, Any]:
        """UserType, without its attributes."""
        return {
            "Username": self.username,
            "UserCreateDate": self.created,
            "UserLastModifiedDate": self.modified,
            "Enabled": self.enabled,
            "UserStatus": self.status,
        }

    def listed(self, wanted: list[str] | None = None) -> dict[str, Any]:
        """UserType; wanted: the only attributes to show."""
        values = {name: value for name, value in self.all_attributes().items() if not wanted or name in wanted}
        return {**self.shown(), "Attributes": schema.as_list(values)}

    def all_attributes(self) -> dict[str, str]:
        """The attributes, sub among them."""
        return {"sub": self.sub, **self.attributes}

    def for_triggers(self) -> dict[str, str]:
        """The attributes as functions see them."""
        return {"sub": self.sub, "cognito:user_status": self.status, **self.attributes}

    def mfa_fields(self) -> dict[str, Any]:
        """UserMFASettingList and PreferredMfaSetting, where there are any."""
        found: dict[str, Any] = {"UserMFASettingList": list(self.mfa)} if self.mfa else {}
        return found | ({"PreferredMfaSetting": self.preferred_mfa} if self.preferred_mfa else {})


NAMES = tuple(part.name for part in fields(User) if part.name not in {"pool", "key"})


def to_item(user: User) -> dict[str, Any]:
    """As it is stored."""
    return {"Pool": user.pool, "Key": user.key, **{name: getattr(user, name) for name in NAMES}}


def from_item(item: Mapping[str, Any]) -> User:
    """As it was stored."""
    given = {name: item[name] for name in NAMES if name in item}
    for name in ("groups", "mfa"):
        given[name] = tuple(given.get(name) or ())
    return User(pool=item["Pool"], key=item["Key"], **given)
