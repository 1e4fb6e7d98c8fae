"""A hundred unicorns and one on the map of the running stack, by hand: the one stops, is gone, and comes back.

    .venv/bin/pytest tests/e2e/wild_rydes_map.py --target docker --basetemp /tmp/map

leaves screenshots to look at: of the page that reads the stream, and of the one that is told.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cloud.clients import client
from stack.settings import ROOT
from tests.browser import chromium
from tests.e2e.boxes import Stack

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SOON = 60_000  # ms


@contextmanager
def flying(stack: Stack, *arguments: str) -> Iterator[None]:
    """A producer, for the length of a block."""
    command = [sys.executable, "-m", "labs.wild_rydes.producer", *arguments]
    environ = {**os.environ, **stack.environ}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as producer:
        yield
        producer.terminate()


def watching(browser: Browser, stack: Stack, way: str) -> Page:
    """A page that hears of the fleet in this way."""
    page = browser.new_page(
        base_url=f"http://localhost:{stack.environ['FOGBANK_SITE_PORT']}", viewport={"width": 1600, "height": 900}
    )
    page.goto("/wild-rydes/")
    page.get_by_label(way).check()
    if way == "Read the stream":
        pool = client("ssm").get_parameter(Name="/wild-rydes/identitypoolid")["Parameter"]["Value"]
        page.get_by_label("Identity pool id").fill(pool)
    page.get_by_role("button", name="Start").click()
    return page


def test_one_of_a_hundred_and_one_stops_and_is_gone(stack: Stack, tmp_path: Path) -> None:
    """After thirty seconds, on both pages; the others stay, and it comes back."""
    with chromium() as browser, flying(stack, "-name", "Herd", "--count", "100"):
        pages = {way: watching(browser, stack, way) for way in ("Read the stream", "Be told")}
        with flying(stack, "-name", "Solo"):
            for way, page in pages.items():
                expect(page.locator("#count")).to_have_text("101 unicorns", timeout=SOON)
                page.get_by_role("button", name="Solo", exact=True).click()
                page.screenshot(path=tmp_path / f"{way[:2]}-101.png")
        stopped = time.monotonic()
        for page in pages.values():
            expect(page.locator("#count")).to_have_text("100 unicorns", timeout=SOON)
            assert time.monotonic() - stopped > 25
            expect(page.get_by_role("button", name="Solo", exact=True)).to_have_count(0)
            expect(page.locator("#link")).to_have_text("Live")
        sys.stdout.write(f"gone on both pages {time.monotonic() - stopped:.1f} s after it stopped\n")
        for way, page in pages.items():
            page.screenshot(path=tmp_path / f"{way[:2]}-100.png")
        with flying(stack, "-name", "Solo"):
            for page in pages.values():
                expect(page.locator("#count")).to_have_text("101 unicorns", timeout=SOON)
