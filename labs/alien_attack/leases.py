"""Leases: a seat is held as long as its gamer is heard of, and is free when that was too long ago.

Hearing costs nothing extra: the write of a gamer's row says when the post arrived, and a ping, a heartbeat or asking
for a seat writes the row too. Whose lease has run out is read from the rows, and the seats are taken away under the
condition that nothing was heard in between.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from . import board, clock, seats
from .aws import client, setting, to_item
from .session import milliseconds

SECONDS = 30
_AT_ONCE = 50  # seats in one transaction, which may hold 100 actions
_ATTEMPTS = 3
_GONE = {"ConditionalCheckFailed", "TransactionConflict"}


@dataclass(frozen=True)
class Lease:
    """taken: when the seat was taken; posted, renewed: when the gamer was heard of since, 0: never. All in ms."""

    gamer: str
    taken: int
    posted: int = 0
    renewed: int = 0

    def ends(self, floor: int) -> int:
        """When it runs out. floor: when all leases last began anew."""
        return max(self.taken, self.posted, self.renewed, floor) + SECONDS * 1000


def leases(taken: Mapping[str, int], rows: Iterable[Mapping[str, Any]]) -> list[Lease]:
    """The leases of the gamers who have seats. taken: gamer -> when; rows: the board's, of whomever."""
    heard = {row["Nickname"]: row for row in rows}
    return [
        Lease(gamer, moment, heard.get(gamer, {}).get("Posted", 0), heard.get(gamer, {}).get("Renewed", 0))
        for gamer, moment in taken.items()
    ]


def free(session_id: str, moment: datetime) -> int:
    """Free the seats whose leases have run out; returns how many. None while the clock stands still: it is wound."""
    time = clock.ensure(moment)
    if not time.goes(moment):
        return 0
    freed = 0
    for _ in range(_ATTEMPTS):
        control = seats.control(session_id)
        over = _over(control, moment, time.floor)
        now_free = sum(_take_away(control, some) for some in _chunks(over))
        freed += now_free
        if now_free == len(over):
            break
    return freed


def _over(control: Mapping[str, Any], moment: datetime, floor: int) -> list[Lease]:
    """The leases that have run out; the board is not read while none can have."""
    long_ago = milliseconds(moment) - SECONDS * 1000
    candidates = {gamer: taken for gamer, taken in control.get("Seats", {}).items() if taken <= long_ago}
    if not candidates or floor > long_ago:
        return []
    heard = board.heard(control["SessionId"])
    return [lease for lease in leases(candidates, heard) if lease.ends(floor) <= milliseconds(moment)]


def _chunks(over: Iterable[Lease]) -> Iterator[list[Lease]]:
    remaining = iter(over)
    while some := list(islice(remaining, _AT_ONCE)):
        yield some


def _take_away(control: Mapping[str, Any], over: Sequence[Lease]) -> int:
    """Free these seats, all or none: none when one of the gamers was heard of meanwhile."""
    silent = [{"ConditionCheck": _silent(control["SessionId"], lease)} for lease in over]
    removal = {"Update": seats.removal(control, {lease.gamer: lease.taken for lease in over})}
    try:
        client("dynamodb").transact_write_items(TransactItems=[removal, *silent])
    except client("dynamodb").exceptions.TransactionCanceledException as error:
        if {reason["Code"] for reason in error.response["CancellationReasons"]} <= {"None", *_GONE}:
            return 0
        raise
    return len(over)


def _silent(session_id: str, lease: Lease) -> dict[str, Any]:
    """The condition that a gamer's row says nothing newer than the lease does."""
    as_read = [
        f"({name} = :{name}{' OR attribute_not_exists(' + name + ')' if not value else ''})"
        for name, value in (("Posted", lease.posted), ("Renewed", lease.renewed))
    ]
    return {
        "TableName": setting("SCOREBOARD_TABLE"),
        "Key": to_item({"SessionId": session_id, "Nickname": lease.gamer}),
        "ConditionExpression": " AND ".join(as_read),
        "ExpressionAttributeValues": to_item({":Posted": lease.posted, ":Renewed": lease.renewed}),
    }
