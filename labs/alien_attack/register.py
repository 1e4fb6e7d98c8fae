"""The register of sessions: their items, and which of them is open.

Which one is open stands on an item of its own, so that of two managers who open at once one is refused. A session's
seats are an item of another table, written with it in one transaction; both are told when it starts and when it closes.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from . import seats
from .answers import Refused
from .aws import client, from_item, patiently, setting, to_item
from .session import Chance, Request, Session, closing_time, opened, session_id, started

OPEN = "#open"  # the key of that item; no session's id can hold the character #
KIND = "session"  # what all sessions are in the index of all sessions
HISTORY = 100  # sessions
_NAMES_TO_TRY = 60  # a name is taken when a session of it was opened in the same second: the next seconds are tried
_REFUSED = "ConditionalCheckFailed"
_ATTEMPTS = 8  # at a transaction that others get in the way of


def add(wanted: Request, moment: datetime, chance: Chance) -> dict[str, Any]:
    """Open a session at this moment. Refused with 409 when one is open."""
    for seconds in range(_NAMES_TO_TRY):
        session = opened(wanted, session_id(wanted.name, moment + timedelta(seconds=seconds)), moment, chance)
        if _add(session):
            return session
    raise Refused(409, errorCode="SessionNameTaken", errorMessage="Too many sessions of this name at once")


def current() -> dict[str, Any] | None:
    """The session that the register says is open; it may have run out of time. None: no session is open."""
    answer = client("dynamodb").get_item(**_where(OPEN), ConsistentRead=True)
    if "Item" not in answer:
        return None
    return find(str(from_item(answer["Item"])["OpenSession"]))


def find(identifier: str) -> dict[str, Any] | None:
    """A session, open or not."""
    answer = client("dynamodb").get_item(**_where(identifier), ConsistentRead=True)
    return _facts(answer["Item"]) if "Item" in answer else None


def latest() -> list[dict[str, Any]]:
    """The sessions that were opened last, the newest first."""
    answer = client("dynamodb").query(
        TableName=setting("SESSION_TABLE"),
        IndexName="ByOpening",
        KeyConditionExpression="Kind = :kind",
        ExpressionAttributeValues=to_item({":kind": KIND}),
        ScanIndexForward=False,
        Limit=HISTORY,
    )
    return [_facts(item) for item in answer["Items"]]


def start(session: Session, moment: datetime, chance: Chance) -> dict[str, Any]:
    """Write down that all gamers start, unless an earlier call did, and return the session as it is then.

    Refused with 409 when the session was closed meanwhile.
    """
    added = started(session, moment, chance)
    fresh = _set(
        client("dynamodb").update_item,
        _where(session["SessionId"]),
        added,
        "attribute_exists(SessionId) AND attribute_not_exists(SynchronizeTime) AND attribute_not_exists(ClosingTime)",
    )
    now = fresh or find(session["SessionId"]) or {}
    if "SynchronizeTime" not in now or "ClosingTime" in now:
        raise Refused(409, errorCode="NoSessionOpen", errorMessage="The session has been closed")
    told: dict[str, Any] = {name: now[name] for name in ("StartAt", "Deadline") if name in now}
    # Also after an earlier call, which may have ended before this.
    _set(client("dynamodb").update_item, seats.where(now["SessionId"]), told, _EXISTS)
    return now


def close(session: Session, moment: datetime) -> dict[str, Any]:
    """Write the closing time, unless an earlier call did, and return the session. Its seats are closed first."""
    closing = {"ClosingTime": closing_time(session, moment)}
    once = f"{_EXISTS} AND attribute_not_exists(ClosingTime)"
    control = _set(client("dynamodb").update_item, seats.where(session["SessionId"]), closing, once)
    control = control or seats.control(session["SessionId"])
    closing = {"ClosingTime": control.get("ClosingTime", closing["ClosingTime"])}
    closed = _set(client("dynamodb").update_item, _where(session["SessionId"]), closing, once)
    return closed or find(session["SessionId"]) or {**session, **closing}


def forget(identifier: str) -> None:
    """Let another session be opened. Doing it twice changes nothing."""
    try:
        patiently(
            client("dynamodb").delete_item,
            **_where(OPEN),
            ConditionExpression="OpenSession = :session",
            ExpressionAttributeValues=to_item({":session": identifier}),
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return  # forgotten already


_EXISTS = "attribute_exists(SessionId)"


def _set(
    update: Callable[..., Any], where: Mapping[str, Any], values: Mapping[str, Any], condition: str
) -> dict[str, Any]:
    """Set values on an item, and return it; empty when the condition does not hold."""
    try:
        answer = patiently(
            update,
            **where,
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in values),
            ConditionExpression=condition,
            ExpressionAttributeValues=to_item({f":{name}": value for name, value in values.items()}),
            ReturnValues="ALL_NEW",
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return {}
    return _facts(answer["Attributes"])


def _add(session: Mapping[str, Any]) -> bool:
    """Whether the session was added; False: its id is taken."""
    pointer = {"SessionId": OPEN, "OpenSession": session["SessionId"]}
    puts = [
        _put("SESSION_TABLE", pointer),
        _put("SESSION_TABLE", {**session, "Kind": KIND}),
        _put("SEATS_TABLE", seats.new_control(session)),
    ]
    for attempt in range(_ATTEMPTS):
        try:
            client("dynamodb").transact_write_items(TransactItems=puts)
        except client("dynamodb").exceptions.TransactionCanceledException as error:
            one_is_open, *taken = (reason["Code"] for reason in error.response["CancellationReasons"])
            if one_is_open == _REFUSED:
                raise AlreadyOpen from error
            if _REFUSED in taken:
                return False
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return True
    return False


def _put(table: str, item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": setting(table),
            "Item": to_item(item),
            "ConditionExpression": "attribute_not_exists(SessionId)",
        }
    }


class AlreadyOpen(Refused):
    """Of two managers who open a session one is too late."""

    def __init__(self) -> None:
        super().__init__(409, errorCode="SessionAlreadyOpen", errorMessage="A session is open: close it first")


def no_session() -> Refused:
    """The refusal when a manager wants to do something with the open session and there is none."""
    return Refused(409, errorCode="NoSessionOpen", errorMessage="No session is open")


def _facts(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in from_item(item).items() if name != "Kind"}


def _where(identifier: str) -> dict[str, Any]:
    return {"TableName": setting("SESSION_TABLE"), "Key": to_item({"SessionId": identifier})}
