"""The names of the tables that hold the state of user pools and identity pools, and their keys."""

from typing import Any

from cloud.tables import DynamoDBTable, Table

EXPIRES = "Expires"
"""The attribute with the second after which an item is of no use to anybody."""

KEYS = {
    "FogbankUserPools": ("Scope", "Part"),
    "FogbankUsers": ("Pool", "Key"),
    "FogbankUserNames": ("Pool", "Name"),
    "FogbankUserSessions": ("Id",),
    "FogbankUserAttempts": ("Id",),
    "FogbankMail": ("To", "Id"),
    "FogbankIdentityPools": ("Id",),
    "FogbankIdentities": ("Id",),
}
POOLS, USERS, NAMES, SESSIONS, ATTEMPTS, MAIL, IDENTITY_POOLS, IDENTITIES = KEYS
_PASSING = {SESSIONS, ATTEMPTS, MAIL}


def on_dynamodb(dynamodb: Any) -> dict[str, Table]:
    """Name -> table."""
    return {
        name: DynamoDBTable(dynamodb, name, keys, EXPIRES if name in _PASSING else "") for name, keys in KEYS.items()
    }
