"""CloudWatch Logs' events, mended: MiniStack keeps all of them in memory, twice (for Logs Insights), and so in every
file that it writes of them.

A function that reads a stream writes some forty lines a second, 1.6 KB of memory each: 5 GB in a day. AWS keeps them on
disks of its own. Here every log stream keeps its newest ones.
"""

from typing import Any

from services.emulator.patch import put

KEPT = 5_000  # events of a log stream, that is of an environment of a function
SLACK = 500  # go at once: a shorter list is one move of memory, not one per call


def install(logs: Any) -> None:
    """Replace MiniStack's function. Raises ConfigError when it is gone."""

    def append(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        add(stream, events)
        with logs._log_events_lock:
            for event in trimmed(stream):
                logs._log_records.pop(event.get("eventId"), None)

    add = put(logs, "_append_log_events", append)


def trimmed(stream: dict[str, Any]) -> list[dict[str, Any]]:
    """Take from a log stream what is too much, its oldest events; returns them."""
    events: list[dict[str, Any]] = stream["events"]
    if len(events) <= KEPT + SLACK:
        return []
    old = events[:-KEPT]
    del events[:-KEPT]
    return old
