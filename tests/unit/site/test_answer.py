"""Conditions, ranges, compression and S3's error pages."""

import gzip
from datetime import UTC, datetime

import pytest

from services.site.answer import answer, not_allowed
from services.site.objects import Object
from services.site.website import Found, Missing

WHEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAME, BEFORE, AFTER = (f"Sat, 21 Nov 2026 {time} GMT" for time in ("12:00:00", "11:59:59", "12:00:01"))
SMALL = Object("a.bin", b"0123456789", '"abc"', WHEN, "application/octet-stream", metadata={"shard": "7"})
LARGE = Object("a.js", b"fog " * 500, '"abc"', WHEN, "text/javascript; charset=utf-8", "public, max-age=60")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"if-none-match": '"abc"'}, 304),
        ({"if-none-match": '"x", W/"abc"'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"x"', "if-modified-since": SAME}, 200),
        ({"if-modified-since": SAME}, 304),
        ({"if-modified-since": BEFORE}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-modified-since": "Sat, 21 Nov 2026 12:00:00 +99999999999999999999"}, 200),
        ({"if-match": '"abc"'}, 200),
        ({"if-match": '"x"'}, 412),
        ({"if-unmodified-since": BEFORE}, 412),
        ({"if-unmodified-since": AFTER}, 200),
    ],
)
def test_conditions_are_kept_to(asked: dict[str, str], status: int) -> None:
    """As RFC 9110, section 13 has them; a 304 has no body and names the ETag."""
    given = answer(Found(SMALL), asked, "ID")

    assert given.status == status
    assert (given.body == b"") == (status == 304)
    assert status == 412 or given.headers["etag"] == '"abc"'


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ({"range": "bytes=2-4"}, 206, b"234"),
        ({"range": "bytes=7-"}, 206, b"789"),
        ({"range": "bytes=-3"}, 206, b"789"),
        ({"range": "bytes=5-99"}, 206, b"56789"),
        ({"range": "bytes=0-1,4-5"}, 200, SMALL.body),
        ({"range": "lines=1-2"}, 200, SMALL.body),
        ({"range": f"bytes=0-{'9' * 5000}"}, 200, SMALL.body),
        ({"range": f"bytes=-{'9' * 5000}"}, 200, SMALL.body),
        ({"range": "bytes=2-4", "if-range": f"Sat, 21 Nov 2026 12:00:00 +{'9' * 20}"}, 200, SMALL.body),
        ({"range": "bytes=2-4", "if-range": '"old"'}, 200, SMALL.body),
        ({"range": "bytes=2-4", "if-range": '"abc"'}, 206, b"234"),
    ],
)
def test_one_range_is_served(asked: dict[str, str], status: int, body: bytes) -> None:
    """S3 serves one range; of several, or of what it does not know, it takes no notice."""
    given = answer(Found(SMALL), asked, "ID")

    assert (given.status, given.body) == (status, body)


def test_a_range_behind_the_end_is_refused() -> None:
    """416 InvalidRange, with the size."""
    given = answer(Found(SMALL), {"range": "bytes=10-"}, "ID")

    assert (given.status, given.headers["content-range"]) == (416, "bytes */10")
    assert b"Code: InvalidRange" in given.body


@pytest.mark.parametrize(
    ("accepted", "packed"), [("gzip, br", True), ("GZIP;q=0.5", True), ("gzip;q=0", False), ("br", False), ("", False)]
)
def test_text_is_packed_for_who_takes_it(accepted: str, packed: bool) -> None:
    """A packed body is another representation: its ETag is weak, and caches are told what it depends on."""
    given = answer(Found(LARGE), {"accept-encoding": accepted}, "ID")

    assert (gzip.decompress(given.body) if packed else given.body) == LARGE.body
    assert given.headers.get("content-encoding") == ("gzip" if packed else None)
    assert given.headers["etag"] == ('W/"abc"' if packed else '"abc"')
    assert given.headers["vary"] == "Accept-Encoding"


def test_an_objects_own_headers_come_with_it() -> None:
    """Cache-Control as it was put, no-cache without; metadata under x-amz-meta-."""
    assert answer(Found(LARGE), {}, "ID").headers["cache-control"] == "public, max-age=60"
    plain = answer(Found(SMALL), {}, "ID").headers
    assert (plain["cache-control"], plain["x-amz-meta-shard"]) == ("no-cache", "7")


def test_errors_are_s3s_pages_with_text_escaped() -> None:
    """Code, message and key in a list; a second list for an error document that is missing as well."""
    given = answer(Missing("<b>x", "error.html"), {}, "ID").body.decode()

    assert "<li>Code: NoSuchKey</li>\n<li>Message: The specified key does not exist.</li>" in given
    assert "<li>Key: &lt;b&gt;x</li>\n<li>RequestId: ID</li>" in given
    assert "An Error Occurred While Attempting to Retrieve a Custom Error Document" in given
    assert "Custom Error Document" not in answer(Missing("x"), {}, "ID").body.decode()
    assert not_allowed("POST", "ID").headers["allow"] == "GET, HEAD"
