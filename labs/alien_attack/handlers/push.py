"""What has changed goes to everybody who is connected: the reader of the tables' streams.

Each table has a mapping of its own to this function. The stream says what has changed; what is there now is read, so
that many changes make one message and the latest state wins. The mappings' batching window of a second spaces them out.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .. import board, connections, gate, marks, news, register, seats
from ..aws import from_item, setting

Record = Mapping[str, Any]
Records = Sequence[Record]


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
    changed = dict.fromkeys(key(record)["Name"].removeprefix(marks.BOARD) for record in records)
    if there := connections.everybody():
        connections.send(there, [_board(session_id, now) for session_id in changed])
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


def _images(record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """A session as it was and as it is; empty: not there."""
    change = record["dynamodb"]
    return from_item(change.get("OldImage") or {}), from_item(change.get("NewImage") or {})


READERS: Mapping[str, Callable[[Records], Records]] = {
    "MARKS_TABLE": boards,
    "SEATS_TABLE": taken,
    "SESSION_TABLE": sessions,
    "CONNECTIONS_TABLE": newcomers,
}
"""The setting that names a table -> who reads its stream."""
