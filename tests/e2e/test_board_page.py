"""The board's page on the running stack, in a real browser: from a post to what a spectator sees."""

import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Page, expect

from cloud.wait import until
from demo.settings import from_env
from tests.browser import BOARD, Complaints, chromium, shown, sign_in
from tests.e2e.boxes import Stack
from tests.e2e.callers import PASSWORD, Caller, People, Sessions

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SECONDS = 60_000  # ms; a poll of the worker, one of the page, and this machine's other work
WITHIN = 10  # seconds from a post to the page: reads of the stream, the table's write, one poll of the page
BACK = 60_000  # ms until a box that was killed is there again and the page has noticed
MARKUP = "<img/src=x/onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser per module: while it runs, no other event loop may run in this thread."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def complaints() -> Complaints:
    """What the page complains of; a test that makes calls fail says so in it."""
    return Complaints()


@pytest.fixture
def page(browser: Browser, stack: Stack, complaints: Complaints) -> Iterator[Page]:
    """A tab that must not have complained, nor asked for anything that is not this machine's."""
    foreign: list[str] = []
    site = f"http://localhost:{stack.environ['FOGBANK_SITE_PORT']}"
    with browser.new_context(base_url=site, viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.on("request", lambda request: _note_foreign(request.url, foreign))
        complaints.listen(page)
        yield page
    assert foreign == []
    assert complaints.unexpected() == []


@pytest.fixture
def gamer(people: People, session_id: str) -> Caller:
    """A gamer who has taken a seat in the open session."""
    assert session_id
    gamer = people.gamer("grace")
    assert gamer.allocate().status_code == 200
    return gamer


def test_the_launcher_finds_the_stack_well(page: Page) -> None:
    """Pages, API and sign-in answer the launcher across their origins; the site finds every box behind well."""
    page.goto("/")

    expect(page.locator("#health .pill.well")).to_have_count(3, timeout=SECONDS)
    expect(page.locator("#boxes .pill.well")).to_have_count(4, timeout=SECONDS)


def test_a_post_appears_on_the_board_within_seconds(page: Page, session_id: str, gamer: Caller) -> None:
    """Signed in with the real Cognito, a gamer sees zeros after taking a seat, then a post soon after it was sent."""
    sign_in(page, gamer.who, PASSWORD)
    expect(page.locator("#session-name")).to_have_text(session_id, timeout=SECONDS)
    expect(page.locator("#leaders .own")).to_have_count(1, timeout=SECONDS)
    assert shown(page) == [["1", gamer.who, "0", "3", "0", "1"]]

    posted = time.monotonic()
    assert gamer.post_status(session_id, Score=1250, Lives=2, Shots=301, Level=4).status_code == 200
    expect(page.locator("#leaders .own")).to_contain_text("1,250", timeout=SECONDS)
    assert time.monotonic() - posted < WITHIN
    assert shown(page) == [["1", gamer.who, "1,250", "2", "301", "4"]]


def test_a_nickname_of_markup_comes_out_as_text(page: Page, people: People, session_id: str) -> None:
    """A gamer's name travels through Cognito, gateway, stream, worker and table, and is text on the page."""
    gamer = people.gamer(MARKUP)
    assert gamer.allocate().status_code == 200
    assert gamer.post_status(session_id, Score=5).status_code == 200
    sign_in(page, gamer.who, PASSWORD)

    expect(page.locator("#leaders .nickname")).to_have_text(gamer.who, timeout=SECONDS)
    assert page.locator("#leaders img").count() == 0
    assert page.title() != "owned"


def test_a_manager_sees_everybody_and_the_session_closing(
    page: Page, people: People, session_id: str, sessions: Sessions
) -> None:
    """More than ten gamers fill the managers' view; closing the session is shown without a reload."""
    for _ in range(12):
        assert people.gamer().allocate().status_code == 200
    sign_in(page, "manager", _password(people))
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SECONDS)
    expect(page.locator("#field li")).to_have_count(2)
    expect(page.locator("#session-state")).to_have_text("Open")

    sessions.close()
    expect(page.locator("#session-state")).to_have_text("Closed", timeout=SECONDS)
    expect(page.locator("#session-name")).to_have_text(session_id)


def test_the_board_survives_the_gateway(
    page: Page, stack: Stack, session_id: str, gamer: Caller, complaints: Complaints
) -> None:
    """The gateway is killed: the page says so, keeps its scores, and is live again when the gateway is back."""
    complaints.network = True
    loads: list[str] = []
    sign_in(page, gamer.who, PASSWORD)
    expect(page.locator("#leaders .own")).to_have_count(1, timeout=SECONDS)
    page.on("framenavigated", lambda frame: loads.append(frame.url))

    until(lambda: _noticed(page, stack), BACK / 1000, what="the page to notice")
    expect(page.locator("#leaders tr")).to_have_count(1)

    expect(page.locator("#link")).to_have_text("Live", timeout=BACK)
    assert gamer.post_status(session_id, Score=35).status_code == 200
    expect(page.locator("#leaders .own")).to_contain_text("35", timeout=SECONDS)
    assert page.url.endswith(BOARD)
    assert loads == []


def _noticed(page: Page, stack: Stack) -> bool:
    """Kill the gateway, again while the page has not noticed: it may be back before the page's next look."""
    with suppress(AssertionError):  # it is being started
        stack.kill("gateway")
    try:
        expect(page.get_by_role("status")).to_contain_text("The API does not answer", timeout=1500)
    except AssertionError:
        return False
    return True


def _note_foreign(address: str, foreign: list[str]) -> None:
    if not address.startswith(("http://localhost:", "http://127.0.0.1:")):
        foreign.append(address)


def _password(people: People) -> str:
    """The manager's, generated for this install."""
    return from_env(people.environ).password("manager")
