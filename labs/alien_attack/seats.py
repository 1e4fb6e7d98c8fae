"""Seats: who plays and since when, and who has finished, on an item of each session's own.

Taking a seat is one conditional update, so that K seats are given to exactly K of N gamers who ask at once. The
update's condition is written here beside the rule that explains a refusal: they must say the same.
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from . import session as sessions
from .answers import Refused
from .aws import client, from_item, patiently, setting, to_item

_FREE = (
    "attribute_exists(SessionId) AND attribute_not_exists(ClosingTime)"
    " AND (attribute_not_exists(Deadline) OR Deadline > :now)"
    " AND attribute_not_exists(Seats.#gamer) AND size(Seats) < TotalSeats"
    " AND (GameType = :multiple OR NOT contains(FinishedGamers, :gamer))"
)
SHOWN = 60  # names that are pushed to everybody
_AT_ONCE = 50  # gamers in one update, whose expressions may have 4 KB

Control = Mapping[str, Any]


def new_control(session: sessions.Session) -> dict[str, Any]:
    """The item on which the seats of a session that opens are given."""
    kept = ("SessionId", "OpeningTime", "GameType", "TotalSeats", "Deadline")
    return {**{name: session[name] for name in kept if name in session}, "Seats": {}}


def control(session_id: str) -> dict[str, Any]:
    """Seats: {gamer: since when, in ms}, FinishedGamers, TotalSeats, ...; empty for a session that never was."""
    answer = client("dynamodb").get_item(**where(session_id), ConsistentRead=True)
    return from_item(answer.get("Item") or {})


def take(session_id: str, gamer: str, moment: datetime) -> bool:
    """Give the gamer a seat. True: it is new; False: the gamer had one already, and has it from this moment on.

    Refused with 422 when there is none.
    """
    values = {
        ":now": sessions.milliseconds(moment),
        ":gamers": {gamer},
        ":gamer": gamer,
        ":multiple": sessions.MULTIPLE_TRIALS,
    }
    try:
        patiently(
            client("dynamodb").update_item,
            **where(session_id),
            UpdateExpression="SET Seats.#gamer = :now DELETE FinishedGamers :gamers",
            ConditionExpression=_FREE,
            ExpressionAttributeNames={"#gamer": gamer},
            ExpressionAttributeValues=to_item(values),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
        judge(from_item(error.response.get("Item") or {}), gamer, moment)
        return not _keep(session_id, gamer, moment) and take(session_id, gamer, moment)
    return True


def _keep(session_id: str, gamer: str, moment: datetime) -> bool:
    """Let the gamer's seat count from this moment on: no earlier post frees it. False: it was freed just now."""
    try:
        patiently(
            client("dynamodb").update_item,
            **where(session_id),
            UpdateExpression="SET Seats.#gamer = :now",
            ConditionExpression="attribute_exists(Seats.#gamer)",
            ExpressionAttributeNames={"#gamer": gamer},
            ExpressionAttributeValues=to_item({":now": sessions.milliseconds(moment)}),
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return False
    return True


def judge(session: Control, gamer: str, moment: datetime) -> None:
    """Say why there is no new seat: Refused with 422, or nothing when the gamer plays already."""
    if not sessions.is_open(session, moment):
        raise not_open()
    if gamer in session.get("Seats", ()):
        return
    if sessions.one_trial(session) and gamer in session.get("FinishedGamers", ()):
        raise Refused(422, errorCode="GamerCannotPlay", errorMessage=f"{gamer} has played in this session already")
    raise Full


class Full(Refused):
    """All seats are taken."""

    def __init__(self) -> None:
        super().__init__(422, errorCode="NoSeatsAvailable", errorMessage="All seats of this session are taken")


def not_open() -> Refused:
    """The refusal when there is no open session."""
    return Refused(422, errorCode="SessionNotOpen", errorMessage="No session is open")


def require(session_id: str, gamer: str, moment: datetime) -> None:
    """Refused with 422 unless the gamer has a seat in the session and the session is open."""
    answer = client("dynamodb").get_item(
        **where(session_id),
        ConsistentRead=True,
        ProjectionExpression="OpeningTime, ClosingTime, Deadline, Seats.#gamer",
        ExpressionAttributeNames={"#gamer": gamer},
    )
    found = from_item(answer.get("Item") or {})
    if not sessions.is_open(found, moment):
        raise not_open()
    if gamer not in found.get("Seats", ()):
        raise Refused(422, errorCode="NoSeat", errorMessage=f"{gamer} has no seat: take one again")


def leave(session: sessions.Session, gamer: str) -> bool:
    """Free the gamer's seat; where only one trial is allowed that was it. False: the gamer had no seat."""
    try:
        patiently(client("dynamodb").update_item, **removal(session, {gamer: None}))
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return False
    return True


def removal(session: sessions.Session, gamers: Mapping[str, int | None]) -> dict[str, Any]:
    """The update that frees these gamers' seats, provided that they have them still: since that moment, or at all."""
    names = {f"#g{number}": gamer for number, gamer in enumerate(gamers)}
    since = {f":s{number}": taken for number, taken in enumerate(gamers.values()) if taken is not None}
    finish = " ADD FinishedGamers :gamers" if sessions.one_trial(session) else ""
    conditions = [
        f"Seats.{name} = :s{name[2:]}" if f":s{name[2:]}" in since else f"attribute_exists(Seats.{name})"
        for name in names
    ]
    values = {**since, **({":gamers": set(gamers)} if finish else {})}
    return {
        **where(session["SessionId"]),
        "UpdateExpression": f"REMOVE {', '.join(f'Seats.{name}' for name in names)}{finish}",
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        **({"ExpressionAttributeValues": to_item(values)} if values else {}),
    }


def finish(session_id: str, gamers: Mapping[str, int]) -> None:
    """Move gamers who have no lives left from playing to finished; doing it twice changes nothing.

    gamers: when each one's last post arrived, in ms. Where there are more trials than one, a seat that was asked for
    since is for the next: it stays.
    """
    remaining = iter(gamers.items())
    while some := dict(islice(remaining, _AT_ONCE)):
        while some:
            some = _finish(session_id, some)


def _finish(session_id: str, gamers: Mapping[str, int]) -> dict[str, int]:
    """Move all of them, or none: then those are returned who are to be moved all the same."""
    names = {f"#g{number}": gamer for number, gamer in enumerate(gamers)}
    arrived = {f":a{number}": moment for number, moment in enumerate(gamers.values())}
    of_then = [f"(attribute_not_exists(Seats.{name}) OR Seats.{name} <= :a{name[2:]})" for name in names]
    try:
        patiently(
            client("dynamodb").update_item,
            **where(session_id),
            UpdateExpression=f"REMOVE {', '.join(f'Seats.{name}' for name in names)} ADD FinishedGamers :gamers",
            ConditionExpression=f"attribute_exists(SessionId) AND (GameType <> :multiple OR {' AND '.join(of_then)})",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=to_item(
                {":gamers": set(gamers), ":multiple": sessions.MULTIPLE_TRIALS, **arrived}
            ),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
        # No item: the session itself is gone, and its seats with it.
        taken = from_item(error.response.get("Item") or {}).get("Seats")
        return {} if taken is None else {one: moment for one, moment in gamers.items() if taken.get(one, 0) <= moment}
    return {}


def newest_first(session: Control) -> list[str]:
    """Who has a seat, whoever took it last first."""
    taken: Mapping[str, int] = session.get("Seats", {})
    return sorted(taken, key=lambda gamer: (-taken[gamer], gamer))


def where(session_id: str) -> dict[str, Any]:
    """A session's item of seats, as DynamoDB's calls name it."""
    return {"TableName": setting("SEATS_TABLE"), "Key": to_item({"SessionId": session_id})}
