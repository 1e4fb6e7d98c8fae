"""A room on the running stack, in a real browser: the manager's console and the projector, from opening to podium."""

import re
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from cloud.clients import client
from cloud.wait import until
from demo.settings import from_env
from tests.browser import Complaints, chromium
from tests.e2e.boxes import Stack
from tests.e2e.callers import People, Sessions

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SECONDS = 60_000  # ms
MINUTE = 60  # seconds
BUCKET = "fogbank-pages"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser per module: while it runs, no other event loop may run in this thread."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def site(stack: Stack) -> str:
    """The site's address."""
    return f"http://localhost:{stack.environ['FOGBANK_SITE_PORT']}"


@pytest.fixture
def complaints() -> Complaints:
    """What any of the pages complains of."""
    return Complaints()


@pytest.fixture
def console(browser: Browser, site: str, people: People, complaints: Complaints) -> Iterator[Page]:
    """The manager's console, signed in."""
    with browser.new_context(base_url=site, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        complaints.listen(page)
        page.goto("/alien-attack/manager/")
        page.get_by_label("Nickname").fill("manager")
        page.get_by_label("Password").fill(from_env(people.environ).password("manager"))
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#console")).to_be_visible(timeout=SECONDS)
        yield page


@pytest.fixture
def wall(browser: Browser, complaints: Complaints) -> Iterator[Page]:
    """The projector's window, a browser of its own."""
    with browser.new_context(viewport={"width": 1920, "height": 1080}) as context:
        page = context.new_page()
        complaints.listen(page)
        yield page


def test_a_match_from_the_managers_console_to_the_podium(
    console: Page, wall: Page, people: People, sessions: Sessions, complaints: Complaints
) -> None:
    """Open, lobby, START, scores, close: the console and the wall show each step, nobody signs in at the wall."""
    sessions.close()
    expect(console.locator("#open")).to_be_visible(timeout=SECONDS)
    console.get_by_role("radio", name="Single trial").check()
    console.get_by_label("Everybody starts together").check()
    console.get_by_role("button", name="Open the session").click()
    expect(console.locator("#session-open")).to_be_visible(timeout=SECONDS)
    session = console.locator("#session-name").inner_text()
    of_this_session = re.compile(
        f"[?&]session={re.escape(quote(session, safe=''))}(&|$)"
    )  # until then it leads to the one before
    expect(console.locator("#board-link")).to_have_attribute("href", of_this_session, timeout=SECONDS)
    wall.goto(console.locator("#board-link").get_attribute("href") or "")
    expect(wall.get_by_role("heading", name="Get ready")).to_be_visible(timeout=SECONDS)

    gamer = people.gamer("grace")
    assert gamer.allocate().status_code == 200
    expect(wall.locator("#lobby-names li")).to_have_text([gamer.who], timeout=SECONDS)
    expect(console.locator("#seats-names li")).to_have_text([gamer.who], timeout=SECONDS)
    console.locator("#start").click()
    console.get_by_role("dialog").get_by_role("button", name="START").click()
    expect(console.locator("#result")).to_contain_text("START was sent to", timeout=SECONDS)
    expect(wall.locator("#leaders tr")).to_have_count(1, timeout=SECONDS)

    assert gamer.post_status(session, Score=1250, Lives=2, Shots=301, Level=4).status_code == 200
    for page in (wall, console):
        expect(page.locator("#leaders [data-key=Score]")).to_have_text("1,250", timeout=SECONDS)
    console.locator("#close").click()
    console.keyboard.type("CLOSE")
    console.keyboard.press("Enter")
    expect(wall.locator("#podium .nickname")).to_have_text([gamer.who], timeout=SECONDS)
    expect(console.locator("#history th").first).to_have_text(session, timeout=SECONDS)
    assert complaints.unexpected() == []


def test_a_newcomer_plays_within_a_minute(
    browser: Browser, site: str, sessions: Sessions, complaints: Complaints, tmp_path: Path
) -> None:
    """From the printed address: the launcher, a nickname, the code from the local inbox, a seat, the first tick."""
    sessions.open()
    nickname = f"newcomer-{secrets.token_hex(4)}"
    with browser.new_context(base_url=site, viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        complaints.listen(page)
        begun = time.monotonic()
        page.goto("/")
        page.locator('a[href="alien-attack/"]').first.click()
        page.get_by_role("button", name="Get a nickname").click(timeout=SECONDS)
        page.get_by_label("Nickname").fill(nickname)
        page.get_by_label("E-mail").fill(f"{nickname}@example.org")
        page.get_by_label("Company or website").fill("NASA")
        page.get_by_label("Password", exact=True).fill("secret")
        page.get_by_label("Password, once more").fill("secret")
        page.get_by_role("button", name="Register").click()
        page.screenshot(path=tmp_path / "registered.png")
        with context.expect_page() as opened:
            page.get_by_role("link", name="Open the local inbox").click(timeout=SECONDS)
        letter = opened.value.locator("article").first.inner_text(timeout=SECONDS)
        opened.value.screenshot(path=tmp_path / "inbox.png")
        page.get_by_label("Code").fill(re.findall(r"\b[0-9]{6}\b", letter)[0])
        page.get_by_role("button", name="Confirm").click()
        page.get_by_role("button", name="Join").click(timeout=SECONDS)
        expect(page.locator(".countdown")).to_be_visible(timeout=SECONDS)
        expect(page.locator(".countdown")).to_be_hidden(timeout=SECONDS)
        took = time.monotonic() - begun
        page.screenshot(path=tmp_path / "playing.png")

    sys.stdout.write(f"\nfrom the launcher to the first tick: {took:.1f} s\n")
    assert took < MINUTE
    assert complaints.unexpected() == []


def test_a_gamer_is_shown_the_door(browser: Browser, site: str, people: People) -> None:
    """The API answers 403 to the account of a gamer, and the console shows that and nothing else."""
    gamer = people.gamer("linus")
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        page.goto("/alien-attack/manager/")
        page.get_by_label("Nickname").fill(gamer.who)
        page.get_by_label("Password").fill("correct-Horse-7")
        page.get_by_role("button", name="Sign in").click()

        expect(page.get_by_role("heading", name="Managers only")).to_be_visible(timeout=SECONDS)
        expect(page.locator("#console")).to_be_hidden()


def test_pages_are_what_is_in_the_bucket(browser: Browser, site: str, stack: Stack) -> None:
    """An object that somebody puts beside the published files is served at once, and is gone when it is deleted."""
    assert stack.environ
    client("s3").put_object(Bucket=BUCKET, Key="by-hand.txt", Body=b"by hand", ContentType="text/plain")
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        until(lambda: page.request.get("/by-hand.txt").status == 200, 60, what="the object")
        assert page.request.get("/by-hand.txt").text() == "by hand"
        client("s3").delete_object(Bucket=BUCKET, Key="by-hand.txt")
        until(lambda: page.request.get("/by-hand.txt").status == 404, 60, what="the object to be gone")
