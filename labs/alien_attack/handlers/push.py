"""What has changed goes to who is connected: the reader of the tables' streams.

Each table has a mapping of its own. The stream says what has changed; what is there now is read, so that many changes
make one message and the latest state wins. Boards go to two audiences, by this code deployed twice (AUDIENCE): to the
room, whose mapping's window of a second spaces out what hundreds are told; and to the few who watch, without a window:
what changes while one invocation runs is gathered into the next.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from .. import board, connections, gate, marks, news, register, seats, watchers
from ..aws import from_item, setting

Record = Mapping[str, Any]
Records = Sequence[Record]
Audience = tuple[list[str], Callable[[str], None]]
"""Connections, and how one that is gone is forgotten."""


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Take a batch of one table's stream; reported as failed: connections that are not open yet."""
    records = event["Records"]
    table = records[0]["eventSourceARN"].split("/")[1]
    read = next(read for name, read in READERS.items() if setting(name) == table)
    failed = read(records)
    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in failed]}


def boards(records: Records) -> Records:
    """Marks have moved: the first places of every board that has changed."""
    now = datetime.now(UTC)
    for session_id in dict.fromkeys(key(record)["Name"].removeprefix(marks.BOARD) for record in records):
        there, forget = AUDIENCES[setting("AUDIENCE")](session_id)
        if there:
            connections.send(there, [_board(session_id, now)], forget)
    return ()


def taken(records: Records) -> Records:
    """Seats were taken or freed."""
    changed = dict.fromkeys(key(record)["SessionId"] for record in records)
    controls = [control for session_id in changed if (control := seats.control(session_id))]
    connections.broadcast([news.taken(control) for control in controls])
    return ()


def sessions(records: Records) -> Records:
    """A session was opened, started or closed."""
    messages: list[news.Message] = []
    for record in records:
        before, after = _images(record)
        if after and after["SessionId"] != register.OPEN:
            messages.append(news.session(after))
            if "ClosingTime" in after and "ClosingTime" not in before:
                messages.append(news.closed(after["SessionId"]))
    connections.broadcast(messages)
    return ()


def newcomers(records: Records) -> Records:
    """Somebody has connected: the session. Not yet open, or gone already: tried again while the table has it."""
    connected = [record for record in records if record["eventName"] == "INSERT"]
    if not connected:
        return ()
    told = news.session(gate.announced())
    missed = [record for record in connected if not connections.reaches(key(record)["ConnectionId"], told)]
    there = set(connections.everybody()) if missed else set()
    return [record for record in missed if key(record)["ConnectionId"] in there][:1]


def key(record: Record) -> dict[str, Any]:
    """The key of the item that has changed."""
    return from_item(record["dynamodb"]["Keys"])


def _board(session_id: str, now: datetime) -> news.Message:
    return news.board(session_id, board.top(session_id, news.PLACES), board.count(session_id), now)


def _room(_session_id: str) -> Audience:
    return connections.everybody(), connections.remove


def _watchers(session_id: str) -> Audience:
    return watchers.of(session_id), partial(watchers.remove, session_id)


def _images(record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """A session as it was and as it is; empty: not there."""
    change = record["dynamodb"]
    return from_item(change.get("OldImage") or {}), from_item(change.get("NewImage") or {})


AUDIENCES: Mapping[str, Callable[[str], Audience]] = {"room": _room, "watchers": _watchers}
"""The setting AUDIENCE -> who is told of a session's board."""

READERS: Mapping[str, Callable[[Records], Records]] = {
    "MARKS_TABLE": boards,
    "SEATS_TABLE": taken,
    "SESSION_TABLE": sessions,
    "CONNECTIONS_TABLE": newcomers,
}
"""The setting that names a table -> who reads its stream."""
