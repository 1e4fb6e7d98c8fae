"""What the functions behind the WebSocket API get and answer. Who is calling stands in what the authorizer let pass."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .answers import Answer, Event
from .caller import MANAGERS


@dataclass(frozen=True)
class Caller:
    """Who sends a message. groups: joined by commas, as in the token's claim; board: the session that is watched."""

    connection_id: str
    username: str
    groups: str
    board: str

    @property
    def is_manager(self) -> bool:
        """Whether the caller is in the group Managers."""
        return MANAGERS in self.groups.split(",")


def caller(event: Event) -> Caller:
    """The connection and who it belongs to."""
    context = event["requestContext"]
    known = context.get("authorizer") or {}
    username, groups, board = (str(known.get(name, "")) for name in ("username", "groups", "board"))
    return Caller(context["connectionId"], username, groups, board)


def body(event: Event) -> Mapping[str, Any]:
    """The message as a JSON object; empty when it is none."""
    try:
        message = json.loads(event.get("body") or "{}")
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def answer(message: Mapping[str, Any] | None = None) -> Answer:
    """Said to the caller where the route has a response; None: nothing."""
    return {"statusCode": 200, **({} if message is None else {"body": json.dumps(message)})}
