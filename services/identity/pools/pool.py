"""A user pool as it was configured, and what follows from it. Shapes are those of Cognito's API.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.identity.errors import missing
from services.identity.pools import schema

Settings = Mapping[str, Any]

POLICY: Mapping[str, Any] = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}


@dataclass(frozen=True)
class Pool:
    """One pool with all that belongs to it but the users. settings: a UserPoolType without what is computed.

    clients, groups, servers: by id, name and identifier, in the shapes of their own types. keys: as stored, sealed.
    """

    id: str
    settings: Settings
    keys: bytes = b""
    clients: Mapping[str, Settings] = field(default_factory=dict)
    groups: Mapping[str, Settings] = field(default_factory=dict)
    servers: Mapping[str, Settings] = field(default_factory=dict)

    @property
    def suffix(self) -> str:
        """The id after the underscore, which SRP is about."""
        return self.id.split("_", 1)[1]

    @property
    def issuer(self) -> str:
        """As in tokens' iss; verifiers take the keys from wherever they are told to."""
        return f"https://{self.provider}"

    @property
    def provider(self) -> str:
        """As identity pools name it: the issuer without https://."""
        return f"cognito-idp.{self.id.split('_', 1)[0]}.amazonaws.com/{self.id}"

    @property
    def policy(self) -> Settings:
        """The password policy, with Cognito's defaults."""
        declared = (self.settings.get("Policies") or {}).get("PasswordPolicy") or {}
        return {**POLICY, **declared}

    @property
    def schema(self) -> Mapping[str, Settings]:
        """Attribute name, with its prefix -> SchemaAttributeType."""
        return schema.attributes(self.settings.get("Schema") or ())

    @property
    def username_attributes(self) -> frozenset[str]:
        """Attributes that users sign up with instead of a name of their own."""
        return frozenset(self.settings.get("UsernameAttributes") or ())

    @property
    def aliases(self) -> frozenset[str]:
        """Attributes that can be used to sign in, beside or instead of the name."""
        return self.username_attributes | frozenset(self.settings.get("AliasAttributes") or ())

    @property
    def auto_verified(self) -> tuple[str, ...]:
        """Attributes that get a code at sign-up."""
        return tuple(self.settings.get("AutoVerifiedAttributes") or ())

    @property
    def triggers(self) -> Settings:
        """LambdaConfig."""
        return self.settings.get("LambdaConfig") or {}

    @property
    def mfa(self) -> str:
        """ "OFF", "OPTIONAL" or "ON"."""
        return str(self.settings.get("MfaConfiguration") or "OFF")

    @property
    def admin_only(self) -> bool:
        """Whether nobody may sign up by themselves."""
        return bool((self.settings.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"))

    def key(self, name: str) -> str:
        """A user name as it is compared: without case, unless the pool tells cases apart."""
        sensitive = (self.settings.get("UsernameConfiguration") or {}).get("CaseSensitive", True)
        return name if sensitive else name.lower()

    def client(self, client_id: str) -> Settings:
        """An app client. Raises ResourceNotFoundException."""
        try:
            return self.clients[client_id]
        except KeyError:
            raise missing(f"User pool client {client_id} does not exist.") from None

    def group(self, name: str) -> Settings:
        """A group. Raises ResourceNotFoundException."""
        try:
            return self.groups[name]
        except KeyError:
            raise missing("Group not found.") from None

    def groups_of(self, names: list[str]) -> list[Settings]:
        """These groups, the best precedence first, those without any last."""
        found = [self.groups[name] for name in names if name in self.groups]
        return sorted(found, key=lambda group: (group.get("Precedence", float("inf")), group["GroupName"]))
