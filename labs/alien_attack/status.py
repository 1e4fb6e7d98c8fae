"""A gamer's status: how it is read from a stream record, which of several is newest, where it stands on the board.

The gamer is the record's partition key, which the API took from a verified token; a nickname in the data means nothing.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]

MOST = 1_000_000_000  # of points and of shots
MOST_LIVES = 9
MOST_LEVELS = 1_000
LIVES_AT_START = 3
MAX_NICKNAME = 128  # characters, as in Cognito
_POSITION_DIGITS = 64  # Kinesis's sequence numbers have up to 56; as text of one width they compare as numbers do

_SESSION_ID = re.compile(r"[A-Za-z0-9:_.-]{1,80}")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


class Unreadable(Exception):
    """A record that holds no status; says why."""


@dataclass(frozen=True)
class Status:
    """What a gamer had reached; position is where the record stands in the stream, arrived when (ms since 1970)."""

    session_id: str
    nickname: str
    score: int
    lives: int
    shots: int
    level: int
    timestamp: str
    position: str
    arrived: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Whose status it is: session and gamer."""
        return self.session_id, self.nickname


def parse(record: Record) -> Status:
    """The status in a record of a Kinesis event (data is base64 of JSON). Raises Unreadable."""
    kinesis = record["kinesis"]
    body = _body(kinesis["data"])
    return Status(
        session_id=_text(body, "SessionId", _SESSION_ID),
        nickname=_nickname(kinesis["partitionKey"]),
        score=_whole(body, "Score", 0, MOST),
        lives=_whole(body, "Lives", 0, MOST_LIVES),
        shots=_whole(body, "Shots", 0, MOST),
        level=_whole(body, "Level", 1, MOST_LEVELS),
        timestamp=_text(body, "Timestamp", _TIMESTAMP),
        position=position(kinesis["sequenceNumber"]),
        arrived=int(kinesis["approximateArrivalTimestamp"] * 1000),
    )


def position(sequence_number: str) -> str:
    """A sequence number as text that sorts as the number does."""
    return sequence_number.zfill(_POSITION_DIGITS)


def newest(statuses: Iterable[Status]) -> list[Status]:
    """The status with the highest position of every gamer in every session."""
    latest: dict[tuple[str, str], Status] = {}
    for status in statuses:
        known = latest.get(status.key)
        if known is None or known.position < status.position:
            latest[status.key] = status
    return list(latest.values())


def rank(score: int, lives: int, shots: int, nickname: str) -> str:
    """Text whose ascending order is the board's: score and lives descending, shots and nickname ascending.

    DynamoDB sorts text by its UTF-8 bytes, which is the order of code points and so Python's own.
    """
    return f"{MOST - score:010d}{MOST_LIVES - lives:d}{shots:010d}{nickname}"


def _body(data: str) -> Mapping[str, Any]:
    try:
        body = json.loads(base64.b64decode(data, validate=True).decode())
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the data is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Unreadable("the data is not a JSON object")
    return body


def _nickname(key: str) -> str:
    if not key or len(key) > MAX_NICKNAME or any("\ud800" <= character <= "\udfff" for character in key):
        raise Unreadable("the partition key is no nickname")
    return key


def _text(body: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Unreadable(f"{name} is missing or wrong")
    return value


def _whole(body: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = body.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON has one kind of number: 5.0 is 5
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Unreadable(f"{name} is missing or wrong")
    return value
