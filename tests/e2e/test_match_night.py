"""The night of the match on the running stack: a crowd, three browsers, a manager with a START button, the wall.

FOGBANK_TEST_GAMERS says how large the crowd is; what the wall promises is for 190.
"""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from cloud.wait import until
from demo.measure import percentile
from demo.settings import from_env
from tests.browser import FLAGS, Complaints, chromium, program
from tests.e2e.boxes import Stack
from tests.e2e.callers import PASSWORD, People, Sessions
from tests.e2e.crowd import Crowd
from tests.machine import slack

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SECONDS = 60_000  # ms; a step of a page while all others post
GAMERS = int(os.environ.get("FOGBANK_TEST_GAMERS") or 60)
PLAYED = 12  # seconds
TOGETHER = 150  # ms between pages that start on an idle machine, and
FRESH = 1.5  # seconds that the wall is behind there
BUSY = 4  # times as much, at least, on two processors with stack, crowd and browsers
STARTED = """({
    at: __aa.flow.startAt.value,
    began: __aa.startedAt + __aa.flow.room.clock.offset,
    seed: __aa.flow.run.value.match.seed,
})"""
ROWS = """[...document.querySelectorAll('#leaders tr, #field li')].map((row) =>
    [row.querySelector('.nickname').textContent, row.querySelector('[data-key=Score]').textContent])"""


@dataclass
class Hall:
    """Pages with a browser profile each; what any of them complains of or asks of another machine is kept."""

    browser: Browser
    site: str
    people: People
    complaints: Complaints = field(default_factory=Complaints)
    foreign: list[str] = field(default_factory=list)
    contexts: ExitStack = field(default_factory=ExitStack)

    def page(self, width: int = 1280, height: int = 800, browser: Browser | None = None) -> Page:
        """An empty tab in a profile of its own."""
        size: Any = {"width": width, "height": height}
        context = (browser or self.browser).new_context(base_url=self.site, viewport=size, locale="en-GB")
        page = self.contexts.enter_context(context).new_page()
        self.complaints.listen(page)
        page.on("request", lambda request: self._note(request.url))
        page.on("websocket", lambda socket: self._note(socket.url))
        return page

    def console(self) -> Page:
        """The manager's page, signed in."""
        page = self.page()
        page.goto("/alien-attack/manager/")
        page.get_by_label("Nickname").fill("manager")
        page.get_by_label("Password").fill(from_env(self.people.environ).password("manager"))
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#open")).to_be_visible(timeout=SECONDS)
        return page

    def another(self) -> Browser:
        """A browser beside the hall's."""
        return self.browser.browser_type.launch(executable_path=program(), args=FLAGS)

    def player(self, nickname: str, browser: Browser | None = None) -> Page:
        """A gamer's page with a seat; a bot plays there when the game starts."""
        page = self.page(browser=browser)
        page.goto("/alien-attack/?bot=1&test")
        page.get_by_role("button", name="I have one").click()
        page.get_by_label("Nickname").fill(nickname)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Join").click(timeout=SECONDS)
        return page

    def _note(self, url: str) -> None:
        if not re.match(r"(https?|ws)://(localhost|127\.0\.0\.1):\d+/|data:|blob:", url):
            self.foreign.append(url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser per module: while it runs, no other event loop may run in this thread."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def hall(browser: Browser, stack: Stack, people: People) -> Iterator[Hall]:
    """No page of it may have asked for anything that is not this machine's."""
    hall = Hall(browser, f"http://localhost:{stack.environ['FOGBANK_SITE_PORT']}", people)
    with hall.contexts:
        yield hall
    assert hall.foreign == []


@pytest.mark.alone
def test_a_room_starts_together_and_the_wall_keeps_up(hall: Hall, people: People, sessions: Sessions) -> None:
    """START reaches all at one moment, the wall shows everybody's posts soon, and their last ones at the end."""
    crowd = Crowd(from_env(people.environ, gamers=GAMERS, seconds=PLAYED))
    nicknames = [people.gamer(name).who for name in ("grace", "alan", "mary")]
    sessions.close()
    console, wall = hall.console(), hall.page(1920, 1080)
    session_id = opened(console)
    wall.goto(console.locator("#board-link").get_attribute("href") or "")
    with crowd.playing(session_id):
        until(lambda: len(crowd.ledger.seated) == GAMERS, 90, what="the crowd's seats")  # signing up costs much CPU
        players = [hall.player(nickname) for nickname in nicknames]
        for page in players:
            page.wait_for_function("() => __aa.flow.room.socket.live && __aa.flow.seated.value", timeout=SECONDS)
        expect(console.locator("#seats-count")).to_contain_text(str(GAMERS + 3), timeout=SECONDS)
        start(console)
        for page in players:
            page.wait_for_function("() => __aa.startedAt !== null", timeout=SECONDS)
        told = [page.evaluate(STARTED) for page in players]
        allowed = max(BUSY, slack())
        ages, most = watched(wall, crowd)
    last = [page.evaluate("__aa.sent.length") for page in players]

    spread = apart(told, "began")
    age = percentile(ages, 0.95)
    sys.stdout.write(f"\nSTART: {spread:.0f} ms apart; wall: {len(ages)} rows, p95 {age:.2f} s old\n")
    assert apart(told, "at") == 0
    assert apart(told, "seed") == 0
    assert spread < TOGETHER * allowed
    assert min(one["began"] - one["at"] for one in told) > -TOGETHER * allowed
    assert age < FRESH * most
    assert min(last) > PLAYED  # at least a post a second, on the busiest machine
    assert hall.complaints.unexpected() == []

    for page in players:  # a page that is told of the closing is not refused; without a socket it would be, and say so
        page.wait_for_function("() => __aa.flow.room.socket.live", timeout=SECONDS)
    close(console)
    accepted = crowd.accepted()
    assert len(accepted) == GAMERS
    newest = {name: game[-1].timestamp for name, game in accepted.items()}
    rows = sessions.manager.gamers(session_id)
    assert {name: rows[name]["Timestamp"] for name in newest} == newest
    expect(wall.locator("#podium .nickname")).to_have_count(3, timeout=SECONDS)
    assert dict(wall.evaluate(ROWS)).keys() <= rows.keys()
    assert hall.complaints.unexpected() == []


def test_a_game_outlives_the_gateway_the_emulator_and_its_browser(
    hall: Hall, stack: Stack, people: People, sessions: Sessions
) -> None:
    """Each goes in mid-play. The page says so, plays on, and posts again without a reload; a new browser is let in.

    The emulator comes back with its state. A browser that was killed leaves its score on the board.
    """
    hall.complaints.network = True
    nickname = people.gamer("grace").who
    session_id = sessions.open(GameType="MULTIPLE_TRIALS")
    with hall.another() as doomed:
        page = hall.player(nickname, doomed)
        page.wait_for_function("() => __aa.startedAt !== null && __aa.flow.room.socket.live", timeout=SECONDS)
        page.evaluate("__aa.state.fleet.y = -1e6")  # a game without an end; else chance says how long it is
        loads: list[str] = []
        page.on("framenavigated", lambda frame: loads.append(frame.url))

        stack.kill("gateway")
        expect(page.locator("#net")).to_be_visible(timeout=SECONDS)
        assert page.locator("#net").inner_text()
        expect(page.locator("#net")).to_be_hidden(timeout=2 * SECONDS)
        page.wait_for_function("() => __aa.flow.room.socket.live", timeout=SECONDS)
        played_on(page, sessions, session_id, nickname)

        stack.restart(stack.emulators[-1])
        stack.wait_for(stack.emulators[-1])
        played_on(page, sessions, session_id, nickname)
        expect(page.locator("#net")).to_be_hidden(timeout=2 * SECONDS)
        assert loads == []
        before = row(sessions, session_id, nickname)
        crash(doomed)

    assert row(sessions, session_id, nickname)["Shots"] >= before["Shots"] > 0
    page = hall.player(nickname)
    page.wait_for_function("() => __aa.startedAt !== null", timeout=SECONDS)
    played_on(page, sessions, session_id, nickname)
    assert [one for one in hall.complaints.unexpected() if "WebSocket connection to" not in one] == []


def opened(console: Page) -> str:
    """Opens a session in which all start together; returns its id once the console has the way to its board."""
    console.get_by_role("radio", name="Single trial").check()
    console.get_by_label("Everybody starts together").check()
    console.get_by_role("button", name="Open the session").click()
    expect(console.locator("#start")).to_be_enabled(timeout=SECONDS)
    session_id = console.locator("#session-name").inner_text()
    of_this_session = re.compile(f"[?&]session={re.escape(quote(session_id, safe=''))}(&|$)")
    expect(console.locator("#board-link")).to_have_attribute("href", of_this_session, timeout=SECONDS)
    return session_id


def start(console: Page) -> None:
    """Presses START, and waits for what it says it did."""
    console.locator("#start").click()
    console.get_by_role("dialog").get_by_role("button", name="START").click()
    expect(console.locator("#result")).to_contain_text("START was sent to", timeout=SECONDS)


def close(console: Page) -> None:
    """Closes the session, by the word that has to be typed."""
    console.locator("#close").click()
    console.keyboard.type("CLOSE")
    console.keyboard.press("Enter")
    expect(console.locator("#open")).to_be_visible(timeout=SECONDS)


def watched(wall: Page, crowd: Crowd) -> tuple[list[float], float]:
    """The ages of the wall's rows, looked at four times a second while the crowd plays, and how busy the machine is."""
    ages: list[float] = []
    most = slack()
    assert crowd.plan is not None
    while crowd.plan.now() < PLAYED:
        shown = {name: int(re.sub(r"\D", "", score)) for name, score in wall.evaluate(ROWS)}
        ages += crowd.ages(shown, time.perf_counter())
        most = max(most, slack())
        wall.wait_for_timeout(250)
    return ages, most


def apart(told: list[dict[str, float]], what: str) -> float:
    """From the smallest to the largest."""
    values = [one[what] for one in told]
    return max(values) - min(values)


def crash(browser: Browser) -> None:
    """The browser goes without a goodbye, with all its pages."""
    with suppress(Error):
        browser.new_browser_cdp_session().send("Browser.crash")
    until(lambda: not browser.is_connected(), 60, what="the browser's end")


def played_on(page: Page, sessions: Sessions, session_id: str, nickname: str) -> None:
    """Waits until something that is posted from now on is on the board."""
    now = page.evaluate("new Date(__aa.flow.room.clock.now()).toISOString()")
    until(lambda: row(sessions, session_id, nickname).get("Timestamp", "") > now, 60, what="new posts on the board")


def row(sessions: Sessions, session_id: str, nickname: str) -> dict[str, Any]:
    """A gamer's row; empty while nobody answers."""
    with suppress(AssertionError, httpx.HTTPError):
        return sessions.manager.gamers(session_id)[nickname]
    return {}
