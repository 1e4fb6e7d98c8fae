"""python -m services.worker logs <function>: one function's log from CloudWatch Logs, as it grows.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

from botocore.exceptions import BotoCoreError, ClientError

from cloud.clients import client
from cloud.errors import error_code
from services.worker.functions import names

_OFTEN = 1.0  # seconds between two looks
_PAGE = 10_000  # events, the most that one call answers
_LATE = 5000  # milliseconds: events may arrive after younger ones of another stream


def main(arguments: Sequence[str]) -> int:
    """The command. Exit code 1 when CloudWatch Logs does not answer."""
    parser = argparse.ArgumentParser("services.worker logs", description="Show a function's log.")
    parser.add_argument("function", help="its name or ARN")
    parser.add_argument("--since", type=float, default=10, metavar="MINUTES", help="begin so far back (10)")
    parser.add_argument("--no-follow", dest="follow", action="store_false", help="show what there is and end")
    chosen = parser.parse_args(arguments)
    try:
        show(client("logs"), chosen.function, chosen.since, follow=chosen.follow, stop=threading.Event())
    except KeyboardInterrupt:
        return 0
    except (ClientError, BotoCoreError) as error:
        sys.stderr.write(f"CloudWatch Logs does not answer: {error}\n")
        return 1
    return 0


def show(
    logs: Any,
    function: str,
    since: float,
    *,
    follow: bool,
    stop: threading.Event,
    out: TextIO = sys.stdout,
    clock: Callable[[], float] = time.time,
) -> None:
    """Write the events of the last minutes, and then new ones until stop is set."""
    tail = Tail(logs, f"/aws/lambda/{names.parse(function).name}", int((clock() - since * 60) * 1000))
    while True:
        for event in tail.new():
            out.write(f"{_moment(event['timestamp'])} {event['message'].rstrip()}\n")
        out.flush()
        if not follow or stop.wait(_OFTEN):
            return


class Tail:
    """A log group from a moment on. start: epoch milliseconds."""

    def __init__(self, logs: Any, group: str, start: int) -> None:
        self.logs = logs
        self.group = group
        self.start = start
        self._shown: dict[str, int] = {}

    def new(self) -> list[dict[str, Any]]:
        """What was not returned before, by time; nothing while the group does not exist."""
        try:
            found = [event for event in self._pages() if event["eventId"] not in self._shown]
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            return []
        if len(found) >= _PAGE:  # not every emulator has a token for the rest
            self.start = max(int(event["timestamp"]) for event in found)
        self._shown |= {event["eventId"]: event["timestamp"] for event in found}
        if self._shown:
            self.start = max(self.start, max(self._shown.values()) - _LATE)
            self._shown = {name: moment for name, moment in self._shown.items() if moment >= self.start}
        return sorted(found, key=lambda event: int(event["timestamp"]))

    def _pages(self) -> Iterator[dict[str, Any]]:
        page: dict[str, str] = {}
        while True:
            reply = self.logs.filter_log_events(logGroupName=self.group, startTime=self.start, **page)
            yield from reply["events"]
            if not reply.get("nextToken"):
                return
            page = {"nextToken": reply["nextToken"]}


def _moment(milliseconds: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(milliseconds / 1000))
