"""Seats: who plays and who has finished, two sets of nicknames on the session's item.

Taking a seat is one conditional update, so that K seats are given to exactly K of N gamers who ask at once. The
update's condition is written here beside the rule that explains a refusal: they must say the same.
"""

from collections.abc import Iterable
from typing import Any

from . import session as sessions
from .answers import Refused
from .aws import client, from_item, setting, to_item

_FREE = (
    "attribute_exists(SessionId) AND attribute_not_exists(ClosingTime)"
    " AND NOT contains(PlayingGamers, :gamer)"
    " AND (attribute_not_exists(PlayingGamers) OR size(PlayingGamers) < TotalSeats)"
    " AND (GameType = :multiple OR NOT contains(FinishedGamers, :gamer))"
)


def take(session_id: str, gamer: str) -> bool:
    """Give the gamer a seat. True: it is new; False: the gamer had one already. Refused with 422 when there is none."""
    try:
        client("dynamodb").update_item(
            TableName=setting("SESSION_TABLE"),
            Key=to_item({"SessionId": session_id}),
            UpdateExpression="ADD PlayingGamers :gamers DELETE FinishedGamers :gamers",
            ConditionExpression=_FREE,
            ExpressionAttributeValues=to_item(
                {":gamers": {gamer}, ":gamer": gamer, ":multiple": sessions.MULTIPLE_TRIALS}
            ),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
        judge(from_item(error.response.get("Item") or {}), gamer)
        return False
    return True


def judge(session: sessions.Session, gamer: str) -> None:
    """Say why there is no new seat: Refused with 422, or nothing when the gamer plays already."""
    if not sessions.is_open(session):
        raise not_open()
    if gamer in session.get("PlayingGamers", ()):
        return
    if sessions.one_trial(session) and gamer in session.get("FinishedGamers", ()):
        raise Refused(422, errorCode="GamerCannotPlay", errorMessage=f"{gamer} has played in this session already")
    raise Refused(422, errorCode="NoSeatsAvailable", errorMessage="All seats of this session are taken")


def not_open() -> Refused:
    """The refusal when there is no open session."""
    return Refused(422, errorCode="SessionNotOpen", errorMessage="No session is open")


def leave(session: sessions.Session, gamer: str) -> bool:
    """Free the gamer's seat; where only one trial is allowed that was it. False: the gamer had no seat."""
    finish = " ADD FinishedGamers :gamers" if sessions.one_trial(session) else ""
    try:
        client("dynamodb").update_item(
            TableName=setting("SESSION_TABLE"),
            Key=to_item({"SessionId": session["SessionId"]}),
            UpdateExpression=f"DELETE PlayingGamers :gamers{finish}",
            ConditionExpression="contains(PlayingGamers, :gamer)",
            ExpressionAttributeValues=to_item({":gamers": {gamer}, ":gamer": gamer}),
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return False
    return True


def finish(session_id: str, gamers: Iterable[str]) -> None:
    """Move gamers who have no lives left from playing to finished; doing it twice changes nothing."""
    try:
        client("dynamodb").update_item(
            TableName=setting("SESSION_TABLE"),
            Key=to_item({"SessionId": session_id}),
            UpdateExpression="DELETE PlayingGamers :gamers ADD FinishedGamers :gamers",
            ConditionExpression="attribute_exists(SessionId)",
            ExpressionAttributeValues=to_item({":gamers": set(gamers)}),
        )
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return  # the session itself is gone, and its seats with it


def public(session: dict[str, Any]) -> dict[str, Any]:
    """A session's item without its gamers: what the world may see."""
    return {name: value for name, value in session.items() if name not in {"PlayingGamers", "FinishedGamers"}}
