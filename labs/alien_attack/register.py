"""The register of sessions: their items, and which of them is open.

Which one is open stands on an item of its own, so that of two managers who open at once one is refused.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .answers import Refused
from .aws import client, from_item, setting, to_item
from .seats import public
from .session import Request, opened, session_id, timestamp

_OPEN = "#open"  # the key of that item; no session's id can hold the character #
_NAMES_TO_TRY = 60  # a name is taken when a session of it was opened in the same second: the next seconds are tried
_REFUSED = "ConditionalCheckFailed"


def add(wanted: Request, moment: datetime) -> dict[str, Any]:
    """Open a session at this moment. Refused with 409 when one is open."""
    for seconds in range(_NAMES_TO_TRY):
        session = opened(wanted, session_id(wanted.name, moment + timedelta(seconds=seconds)), moment)
        if _add(session):
            return session
    raise Refused(409, errorCode="SessionNameTaken", errorMessage="Too many sessions of this name at once")


def open_session() -> str:
    """The id of the open session. Refused with 409 when none is open."""
    item = client("dynamodb").get_item(
        TableName=setting("SESSION_TABLE"), Key=to_item({"SessionId": _OPEN}), ConsistentRead=True
    )
    if "Item" not in item:
        raise Refused(409, errorCode="NoSessionOpen", errorMessage="No session is open")
    return str(from_item(item["Item"])["OpenSession"])


def close(identifier: str, moment: datetime) -> dict[str, Any]:
    """Write the closing time, unless an earlier call did, and return the session."""
    answer = client("dynamodb").update_item(
        TableName=setting("SESSION_TABLE"),
        Key=to_item({"SessionId": identifier}),
        UpdateExpression="SET ClosingTime = if_not_exists(ClosingTime, :now)",
        ConditionExpression="attribute_exists(SessionId)",
        ExpressionAttributeValues=to_item({":now": timestamp(moment)}),
        ReturnValues="ALL_NEW",
    )
    return public(from_item(answer["Attributes"]))


def forget(identifier: str) -> None:
    """Let another session be opened. Doing it twice changes nothing."""
    try:
        client("dynamodb").delete_item(
            TableName=setting("SESSION_TABLE"),
            Key=to_item({"SessionId": _OPEN}),
            ConditionExpression="OpenSession = :session",
            ExpressionAttributeValues=to_item({":session": identifier}),
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return  # forgotten already


def _add(session: Mapping[str, Any]) -> bool:
    """Whether the session was added; False: its id is taken."""
    pointer = {"SessionId": _OPEN, "OpenSession": session["SessionId"]}
    try:
        client("dynamodb").transact_write_items(TransactItems=[_put(pointer), _put(session)])
    except client("dynamodb").exceptions.TransactionCanceledException as error:
        one_is_open, name_is_taken = (reason["Code"] for reason in error.response["CancellationReasons"])
        if one_is_open == _REFUSED:
            raise _already_open() from error
        if name_is_taken == _REFUSED:
            return False
        raise
    return True


def _put(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": setting("SESSION_TABLE"),
            "Item": to_item(item),
            "ConditionExpression": "attribute_not_exists(SessionId)",
        }
    }


def _already_open() -> Refused:
    return Refused(409, errorCode="SessionAlreadyOpen", errorMessage="A session is open: close it first")
