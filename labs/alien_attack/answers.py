"""What this lab's functions answer to API Gateway: JSON, and the header without which a browser hides an answer."""

import functools
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

HEADERS = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}

Answer = dict[str, Any]
Event = Mapping[str, Any]
log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that is not granted: its HTTP status and the answer's body."""

    def __init__(self, status: int, **body: str) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


def answer(status: int, body: Mapping[str, Any]) -> Answer:
    """A Lambda proxy answer, as API Gateway expects it from an AWS_PROXY integration."""
    return {"statusCode": status, "headers": HEADERS, "body": json.dumps(body)}


def answering(function: Callable[[Event], Mapping[str, Any]]) -> Callable[[Event, Any], Answer]:
    """Make a handler of a function that returns the body of a 200, or raises Refused.

    An error of AWS's own becomes a 500 that names its code; everything else is a mistake in the code and is raised, so
    that Lambda logs where.
    """

    @functools.wraps(function)
    def handler(event: Event, _context: Any) -> Answer:
        try:
            return answer(200, function(event))
        except Refused as refused:
            return answer(refused.status, refused.body)
        except ClientError as error:
            log.exception("an AWS call failed")
            code = error.response.get("Error", {}).get("Code", "")
            return answer(500, {"errorMessage": f"{error.operation_name} failed", "errorCode": code})

    return handler
