"""The site's memory of its pages: when it looks again, and what it shows while the bucket is away."""

import asyncio
import threading
from datetime import UTC, datetime

from cloud.errors import Unavailable
from cloud.wait import until_async
from services.site.cache import FRESH, PATIENCE, Cache
from services.site.objects import Object, Snapshot

WEBSITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}


def pages(body: str, *keys: str) -> Snapshot:
    """A snapshot whose objects all say the same."""
    when = datetime(2026, 11, 21, tzinfo=UTC)
    return Snapshot({key: Object(key, body.encode(), f'"{body}"', when, "text/html") for key in keys}, WEBSITE)


class Source:
    """An origin that a test changes; a clock beside it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.looks = 0
        self.trouble = ""
        self.answers = threading.Event()
        self.answers.set()
        self.pages = pages("one", "index.html", "error.html")
        self.cache = Cache(self, lambda: self.now)

    def read(self, _last: Snapshot) -> Snapshot:
        self.looks += 1
        self.answers.wait(10)
        if self.trouble:
            raise Unavailable(self.trouble)
        return self.pages

    async def second(self) -> bool:
        """Whether it was looked at twice."""
        return self.looks == 2

    async def shown(self) -> str:
        """What the index document says."""
        snapshot = await self.cache.current()
        return snapshot.objects["index.html"].body.decode() if snapshot.objects else ""


async def test_visitors_at_one_time_share_one_look() -> None:
    """A room that opens a page at once costs the bucket one listing, and the next half second none."""
    source = Source()

    assert await asyncio.gather(*(source.shown() for _ in range(50))) == ["one"] * 50
    source.now = FRESH - 0.1
    assert (await source.shown(), source.looks) == ("one", 1)


async def test_a_change_shows_after_half_a_second() -> None:
    """The first visitor after that waits for the look, and sees the new page."""
    source = Source()
    await source.shown()
    source.pages = pages("two", "index.html", "error.html")
    source.now = FRESH

    assert await source.shown() == "two"


async def test_pages_stay_while_the_bucket_is_away_and_health_says_so() -> None:
    """No answer, no bucket: the last pages are served, and /health names the trouble until it is over."""
    source = Source()
    await source.shown()
    source.now, source.trouble = 1.0, "bucket pages as a website: NoSuchBucket"

    assert await source.shown() == "one"
    assert await source.cache.missing() == ["bucket pages as a website: NoSuchBucket"]
    source.now, source.trouble = 2.0, ""
    assert (await source.cache.missing(), source.cache.trouble) == ([], "")


async def test_a_bucket_that_is_being_filled_again_is_waited_for() -> None:
    """Half of the pages are no pages: those from before are shown until index and error documents are back."""
    source = Source()
    await source.shown()
    source.now, source.pages = 1.0, pages("half", "index.html")
    assert (await source.shown(), await source.cache.missing()) == ("one", ["page error.html"])

    source.now, source.pages = 2.0, pages("whole", "index.html", "error.html")
    assert await source.shown() == "whole"


async def test_a_bucket_that_hangs_holds_nobody_up() -> None:
    """Who comes after the patience is over gets the last pages at once, without a second look beside the first."""
    source = Source()
    await source.shown()
    source.answers.clear()
    source.now = 1.0
    look = asyncio.create_task(source.shown())
    await until_async(source.second, 30)
    source.now += PATIENCE

    assert (await source.shown(), source.looks) == ("one", 2)
    source.answers.set()
    assert await look == "one"


async def test_without_any_pages_health_says_what_is_missing() -> None:
    """Before the first publication there is nothing to show, and a reason."""
    source = Source()
    source.trouble = "S3: no connection"

    assert (await source.shown(), await source.cache.missing()) == ("", ["S3: no connection"])
