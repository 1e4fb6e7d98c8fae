"""The scoreboard's table: one row per gamer, written only by what is newer than the row; an index sorts it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from .aws import client, from_item, patiently, setting, to_item
from .status import LIVES_AT_START, Status, rank

_AT_ONCE = 50  # updates in one TransactWriteItems call; with DynamoDB's 100 nobody else is answered for twice as long
_ATTEMPTS = 8  # of one transaction that others' writes get in the way of

FIGURES = ("Nickname", "Score", "Lives", "Shots", "Level", "Finished")
"""What boards show of a row."""

# A status is written when the gamer has a row, so took a seat, and the row is not from a later record.
_NEWER = "attribute_exists(SessionId) AND (attribute_not_exists(#Position) OR #Position < :Position)"
_REFUSED = "ConditionalCheckFailed"
_TRY_AGAIN = {"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


@dataclass
class Outcome:
    """What became of statuses: stored now or by an earlier attempt; overtaken by a later one; of nobody seated."""

    stored: list[Status] = field(default_factory=list)
    overtaken: list[Status] = field(default_factory=list)
    not_seated: list[Status] = field(default_factory=list)


def enter(session_id: str, gamer: str, now: int, *, again: bool) -> None:
    """Put a gamer on the board with what everybody starts with, unless the gamer stands there already; renew the lease.

    now: milliseconds since 1970. again: the gamer plays anew; the row stays as it is until the first post, but is not
    finished any more.
    """
    start = {"Score": 0, "Lives": LIVES_AT_START, "Shots": 0, "Level": 1, "Rank": rank(0, LIVES_AT_START, 0, gamer)}
    sets = [f"#{name} = if_not_exists(#{name}, :{name})" for name in start]
    sets.append("Finished = :Finished" if again else "Finished = if_not_exists(Finished, :Finished)")
    sets.append("Renewed = :Renewed")
    values = {":Finished": False, ":Renewed": now, **{f":{name}": value for name, value in start.items()}}
    patiently(
        client("dynamodb").update_item,
        TableName=setting("SCOREBOARD_TABLE"),
        Key=to_item({"SessionId": session_id, "Nickname": gamer}),
        UpdateExpression="SET " + ", ".join(sets),
        ExpressionAttributeNames={f"#{name}": name for name in start},
        ExpressionAttributeValues=to_item(values),
    )


def renew(session_id: str, gamer: str, now: int) -> bool:
    """Renew a gamer's lease; False: the gamer has no row. now: milliseconds since 1970."""
    try:
        patiently(
            client("dynamodb").update_item,
            TableName=setting("SCOREBOARD_TABLE"),
            Key=to_item({"SessionId": session_id, "Nickname": gamer}),
            UpdateExpression="SET Renewed = :now",
            ConditionExpression="attribute_exists(SessionId)",
            ExpressionAttributeValues=to_item({":now": now}),
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return False
    return True


def write(statuses: Iterable[Status]) -> Outcome:
    """Store statuses, at most one per gamer, in as few calls as there can be.

    May be repeated, and done by two workers at once: the newest wins whatever the order. Raises botocore's ClientError
    when DynamoDB does not take them; then some may have been stored, and all can be written again.
    """
    outcome = Outcome()
    remaining = iter(statuses)
    while some := list(islice(remaining, _AT_ONCE)):
        _write(some, outcome)
    return outcome


def gamers(session_id: str) -> Iterator[dict[str, Any]]:
    """All rows of a session in the board's order."""
    return _rows(session_id, IndexName="ByRank")


def figures(session_id: str) -> Iterator[dict[str, Any]]:
    """FIGURES of all rows of a session in the board's order: half of what a row holds, and half the work to read."""
    names = {f"#{name}": name for name in FIGURES}
    return _rows(
        session_id,
        IndexName="ByRank",
        ProjectionExpression=", ".join(names),
        ExpressionAttributeNames=names,
    )


def top(session_id: str, places: int) -> list[dict[str, Any]]:
    """The first rows of a session in the board's order."""
    answer = client("dynamodb").query(**_of(session_id), IndexName="ByRank", Limit=places)
    return [from_item(item) for item in answer["Items"]]


def count(session_id: str) -> int:
    """How many gamers stand on a session's board."""
    pages = client("dynamodb").get_paginator("query").paginate(**_of(session_id), Select="COUNT")
    return sum(page["Count"] for page in pages)


def heard(session_id: str) -> Iterator[dict[str, Any]]:
    """Of all gamers on the board: Nickname, and in ms when a post arrived last and when the lease was renewed."""
    return _rows(session_id, ProjectionExpression="Nickname, Posted, Renewed")


def _rows(session_id: str, **query: Any) -> Iterator[dict[str, Any]]:
    pages = client("dynamodb").get_paginator("query").paginate(**_of(session_id), **query)
    return (from_item(item) for page in pages for item in page["Items"])


def _of(session_id: str) -> dict[str, Any]:
    return {
        "TableName": setting("SCOREBOARD_TABLE"),
        "KeyConditionExpression": "SessionId = :session",
        "ExpressionAttributeValues": to_item({":session": session_id}),
        "ConsistentRead": True,
    }


def _write(statuses: Sequence[Status], outcome: Outcome) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            client("dynamodb").transact_write_items(TransactItems=[{"Update": _update(one)} for one in statuses])
        except client("dynamodb").exceptions.TransactionCanceledException as error:
            reasons = error.response["CancellationReasons"]
            if attempt == _ATTEMPTS or not {reason["Code"] for reason in reasons} <= {_REFUSED, *_TRY_AGAIN}:
                raise
            statuses = _sort_out(statuses, reasons, outcome)
            if not statuses:
                return
        else:
            outcome.stored.extend(statuses)
            return


def _sort_out(statuses: Sequence[Status], reasons: Sequence[Mapping[str, Any]], outcome: Outcome) -> list[Status]:
    """One refused update cancels all: note what became of the refused ones, and return the others."""
    left = []
    for status, reason in zip(statuses, reasons, strict=True):
        if reason["Code"] in _TRY_AGAIN:
            left.append(status)
        else:
            _settle(status, from_item(reason.get("Item") or {}), outcome)
    return left


def _settle(status: Status, row: Mapping[str, Any], outcome: Outcome) -> None:
    if not row:
        outcome.not_seated.append(status)
    elif row.get("Position") == status.position and row.get("Finished") == (status.lives == 0):
        outcome.stored.append(status)  # by an earlier attempt, which may have ended before the seat was freed
    else:
        outcome.overtaken.append(status)


def _update(status: Status) -> dict[str, Any]:
    values = {
        "Score": status.score,
        "Lives": status.lives,
        "Shots": status.shots,
        "Level": status.level,
        "Timestamp": status.timestamp,
        "Position": status.position,
        "Posted": status.arrived,
        "Rank": rank(status.score, status.lives, status.shots, status.nickname),
        "Finished": status.lives == 0,
    }
    return {
        "TableName": setting("SCOREBOARD_TABLE"),
        "Key": to_item({"SessionId": status.session_id, "Nickname": status.nickname}),
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
        "ConditionExpression": _NEWER,
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": to_item({f":{name}": value for name, value in values.items()}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
