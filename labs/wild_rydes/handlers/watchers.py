"""Behind the WebSocket API: pages that come and go, and ask where the unicorns are.

A page asks when it has connected, and when it has heard nothing of somebody for a while: whether a unicorn is silent is
for the stream to say, not for a message that did not come.
"""

import json
import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .. import sightings, watchers
from ..lookout import Lookout

Answer = dict[str, Any]


def handler(event: Mapping[str, Any], _context: Any) -> Answer:
    """An event of the WebSocket API; what is answered goes to the page that asked."""
    context = event["requestContext"]
    connection_id, route = context["connectionId"], context["routeKey"]
    if route == "$connect":
        watchers.add(connection_id, time.time())
    elif route == "$disconnect":
        watchers.remove(connection_id)
    elif route == "ping":
        return _said({"type": "pong", "t": asked(event).get("t"), "now": round(time.time() * 1000)})
    elif route == "fleet":
        return _fleet(connection_id, asked(event).get("t"))
    else:
        return _said({"type": "error", "error": "BadRequest", "message": "No such action: fleet, ping"})
    return {"statusCode": 200}


def asked(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message as a JSON object; empty when it is none."""
    try:
        message = json.loads(event.get("body") or "{}")
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _fleet(connection_id: str, question: Any) -> Answer:
    """All unicorns of the last 30 s. question: comes back in the last message, which says so that this is all."""
    try:
        seen = lookout().look(time.time())
    except ClientError as error:
        told = error.response["Error"]
        return _said({"type": "error", "error": told["Code"], "message": told.get("Message", ""), "answer": question})
    except BotoCoreError:
        return _said({"type": "error", "error": "Unreachable", "message": "", "answer": question})
    *first, last = sightings.messages(seen.told(time.time()), answer=question)
    watchers.tell([connection_id], first)
    return {"statusCode": 200, "body": last}


@cache
def lookout() -> Lookout:
    """Of this function's stream."""
    return Lookout(os.environ["STREAM_NAME"])


def _said(message: Mapping[str, Any]) -> Answer:
    return {"statusCode": 200, "body": json.dumps(message)}
