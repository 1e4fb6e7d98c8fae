"""The stream's reader: a batch of statuses becomes the newest row of every gamer in it.

A batch may come again, whole, also to another worker at the same time: only a newer record changes a row, and freeing
a seat twice frees it once. Dead letters come last; a repeated batch may send one twice.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import board, dead_letters, marks, seats
from ..dead_letters import DeadLetter
from ..status import Record, Status, Unreadable, newest, parse

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Take a batch of a Kinesis event source mapping. Raises when something cannot be stored: Lambda tries again."""
    statuses, unreadable = _read(event["Records"])
    outcome = board.write(newest(status for status, _ in statuses))
    _free_seats(outcome.stored)
    for session_id in {status.session_id for status in outcome.stored}:
        marks.touch(session_id, time.time_ns() // 1_000_000)
    nobodys = {status.key for status in outcome.not_seated}
    not_seated = [DeadLetter("NotSeated", record) for status, record in statuses if status.key in nobodys]
    dead_letters.send([*unreadable, *not_seated])
    log.info("batch records=%d stored=%d", len(event["Records"]), len(outcome.stored))


def _read(records: Sequence[Record]) -> tuple[list[tuple[Status, Record]], list[DeadLetter]]:
    statuses, unreadable = [], []
    for record in records:
        try:
            statuses.append((parse(record), record))
        except Unreadable as error:
            unreadable.append(DeadLetter(f"Unreadable: {error}", record))
        except Exception as error:
            # A record that shows a mistake in the code must not stop its shard for a day; the mistake is in the log.
            log.exception("a record could not be read")
            unreadable.append(DeadLetter(f"Unreadable: {type(error).__name__}", record))
    return statuses, unreadable


def _free_seats(stored: Iterable[Status]) -> None:
    finished: dict[str, dict[str, int]] = defaultdict(dict)
    for status in stored:
        if status.lives == 0:
            finished[status.session_id][status.nickname] = status.arrived
    for session_id, gamers in finished.items():
        seats.finish(session_id, gamers)
