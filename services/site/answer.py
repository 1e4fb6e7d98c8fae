"""From an object and a request's headers to an answer: conditions, ranges, compression.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html and, for compression,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from cloud.content import ASK_EACH_TIME
from services.site import errors
from services.site.objects import Object
from services.site.website import Found, Missing, Outcome, Redirect

HTML = {"content-type": "text/html; charset=utf-8"}
_RANGE = re.compile(r"bytes=([0-9]{0,100})-([0-9]{0,100})")  # of thousands of digits Python makes no number


@dataclass(frozen=True)
class Answer:
    """status, body and headers, whose names are in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(outcome: Outcome, asked: Mapping[str, str], request_id: str) -> Answer:
    """asked: the request's headers, names in lower case."""
    match outcome:
        case Redirect(location, status):
            return Answer(status, headers={"location": location})
        case Missing(key, document):
            return Answer(404, errors.no_such_key(key, document, request_id), HTML)
        case Found(found, status):
            return _object(found, asked, request_id) if status == 200 else _whole(found, status, asked)


def not_allowed(method: str, request_id: str) -> Answer:
    """For anything but GET and HEAD."""
    message = "The specified method is not allowed against this resource."
    body = errors.page(405, "MethodNotAllowed", message, request_id, Method=method, ResourceType="OBJECT")
    return Answer(405, body, {**HTML, "allow": "GET, HEAD"})


def nothing_yet(reason: str, request_id: str) -> Answer:
    """While there are no pages at all."""
    return Answer(503, errors.page(503, "ServiceUnavailable", reason, request_id), {**HTML, "retry-after": "1"})


def _object(found: Object, asked: Mapping[str, str], request_id: str) -> Answer:
    if _precondition_failed(found, asked):
        body = errors.page(412, "PreconditionFailed", "At least one of the pre-conditions did not hold", request_id)
        return Answer(412, body, HTML)
    if _known(found, asked):
        return Answer(304, headers={name: value for name, value in _headers(found).items() if name != "content-type"})
    given = _RANGE.fullmatch(asked.get("range", "").strip())
    if given and any(given.groups()) and _range_holds(found, asked):
        return _part(found, given[1], given[2], request_id)
    return _whole(found, 200, asked)


def _whole(found: Object, status: int, asked: Mapping[str, str]) -> Answer:
    headers = _headers(found)
    if found.packed is None:
        return Answer(status, found.body, {**headers, "accept-ranges": "bytes"})
    headers["vary"] = "Accept-Encoding"
    if not _takes_gzip(asked.get("accept-encoding", "")):
        return Answer(status, found.body, {**headers, "accept-ranges": "bytes"})
    return Answer(status, found.packed, {**headers, "content-encoding": "gzip", "etag": f"W/{found.etag}"})


def _part(found: Object, first: str, last: str, request_id: str) -> Answer:
    size = len(found.body)
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or (first and last and int(last) < start):
        body = errors.page(416, "InvalidRange", "The requested range is not satisfiable", request_id)
        return Answer(416, body, {**HTML, "content-range": f"bytes */{size}"})
    headers = {**_headers(found), "accept-ranges": "bytes", "content-range": f"bytes {start}-{end}/{size}"}
    return Answer(206, found.body[start : end + 1], headers)


def _headers(found: Object) -> dict[str, str]:
    return {
        "content-type": found.media_type,
        "etag": found.etag,
        "last-modified": format_datetime(found.modified, usegmt=True),
        "cache-control": found.cache_control or ASK_EACH_TIME,
        **{f"x-amz-meta-{name}": value for name, value in found.metadata.items()},
    }


def _precondition_failed(found: Object, asked: Mapping[str, str]) -> bool:
    if "if-match" in asked:
        return not _names(asked["if-match"], found.etag)
    since = _time(asked.get("if-unmodified-since"))
    return since is not None and found.modified > since


def _known(found: Object, asked: Mapping[str, str]) -> bool:
    if "if-none-match" in asked:
        return _names(asked["if-none-match"], found.etag)
    since = _time(asked.get("if-modified-since"))
    return since is not None and found.modified <= since


def _range_holds(found: Object, asked: Mapping[str, str]) -> bool:
    condition = asked.get("if-range", "")
    return condition in {"", found.etag} or _time(condition) == found.modified


def _names(header: str, etag: str) -> bool:
    given = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in given or etag in given


def _time(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):  # a zone may have more digits than Python's
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _takes_gzip(accepted: str) -> bool:
    for one in accepted.lower().split(","):
        name, _, quality = one.strip().partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
