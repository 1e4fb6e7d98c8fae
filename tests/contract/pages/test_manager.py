"""The manager's console: who may come in, opening by the rules, START, closing, and the same picture for everybody."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cloud.wait import until
from tests.browser import SOON, Complaints
from tests.contract.pages.accessible import contrasts, faults
from tests.contract.pages.fake import open_session, tokens
from tests.contract.pages.game.fake_room import pushed
from tests.contract.pages.game.ways import stand_still
from tests.contract.pages.room import CODE, Room, crowd

pytestmark = pytest.mark.browser

MANAGER = "/alien-attack/manager/"
OPEN = "POST /v1/manager/session"


@pytest.fixture
def fake() -> Room:
    """A room with its managers' routes."""
    return Room()


@pytest.fixture
def waiting(fake: Room) -> Room:
    """A synchronized session that waits for START, with three gamers in the lobby."""
    fake.session = open_session(GameType="SINGLE_TRIAL", Synchronized=True)
    fake.names, fake.connections = ["ada", "grace", "<b>linus</b>"], 3
    fake.rows = crowd(3)
    return fake


def sign_in(page: Page, username: str = "manager") -> None:
    """Open the console and sign in."""
    page.goto(MANAGER)
    page.get_by_label("Nickname").fill(username)
    page.get_by_label("Password").fill("right")
    page.get_by_role("button", name="Sign in").click()


def test_a_gamer_gets_a_403_page(page: Page, fake: Room, complaints: Complaints, tmp_path: Path) -> None:
    """The API decides, not the page: it answers 403, and the page says so, shows nothing, and offers the game."""
    complaints.network = True
    fake.session = open_session()
    sign_in(page, "ada")

    expect(page.get_by_role("heading", name="Managers only")).to_be_visible(timeout=SOON)
    expect(page.locator("#console")).to_be_hidden()
    assert faults(page) == []
    page.screenshot(path=tmp_path / "forbidden.png")
    page.get_by_role("button", name="Sign in as somebody else").click()
    expect(page.get_by_label("Nickname")).to_be_visible()


@pytest.mark.parametrize(
    ("kind", "together", "sent"),
    [
        ("Multiple trials", None, {"GameType": "MULTIPLE_TRIALS"}),
        ("Single trial", True, {"GameType": "SINGLE_TRIAL", "Synchronized": True}),
        (
            "Time constrained",
            False,
            {"GameType": "TIME_CONSTRAINED", "TimeoutInMinutes": 7, "Synchronized": False},
        ),
    ],
)
def test_a_session_is_opened_by_the_rules_of_its_type(
    page: Page, fake: Room, kind: str, together: bool | None, sent: dict[str, object]
) -> None:
    """Minutes belong to timed games only, a common start to all but multiple trials; the API gets exactly that."""
    sign_in(page)
    page.get_by_label("Name (optional)").fill("FINAL")
    page.get_by_role("radio", name=kind).check()
    page.get_by_label("Seats").fill("40")
    expect(page.get_by_label("Minutes")).to_be_visible(visible="TimeoutInMinutes" in sent)
    expect(page.get_by_label("Everybody starts together")).to_be_enabled(enabled=together is not None)
    if "TimeoutInMinutes" in sent:
        page.get_by_label("Minutes").fill("7")
    if together:
        page.get_by_label("Everybody starts together").check()
    page.get_by_role("button", name="Open the session").click()

    expect(page.locator("#session-name")).to_have_text("FINAL261121T120000", timeout=SOON)
    assert fake.sent == [(OPEN, {"SessionName": "FINAL", "TotalSeats": 40, **sent})]


def test_wrong_numbers_are_not_sent(page: Page, fake: Room) -> None:
    """Minutes 1 to 30, seats 1 to 1,000, a name of letters and digits: the form says so before the API would."""
    sign_in(page)
    page.get_by_label("Time constrained").check()
    for label, wrong, right in (("Minutes", "31", "30"), ("Seats", "1001", "1000"), ("Name (optional)", "a b", "a-b")):
        page.get_by_label(label).fill(wrong)
        page.get_by_role("button", name="Open the session").click()
        assert not page.get_by_label(label).evaluate("node => node.validity.valid")
        page.get_by_label(label).fill(right)
    assert fake.sent == []

    page.get_by_role("button", name="Open the session").click()
    expect(page.locator("#session-name")).to_have_text("a-b261121T120000", timeout=SOON)


def test_start_asks_first_and_says_whom_it_reached(page: Page, waiting: Room, tmp_path: Path) -> None:
    """The question names the connected; Escape sends nothing; the answer says how many heard and how many were dead."""
    sign_in(page)
    start = page.locator("#start")
    expect(start).to_be_enabled(timeout=SOON)
    expect(page.locator("#seats-names li")).to_have_text(waiting.names)
    start.click()
    expect(page.get_by_role("dialog")).to_contain_text("3 connected, 3 seats taken")
    page.screenshot(path=tmp_path / "start.png")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert waiting.sent == []

    start.click()
    page.get_by_role("dialog").get_by_role("button", name="START").click()
    expect(page.locator("#result")).to_have_text("START was sent to 3 connections; 2 dead ones were removed.")
    expect(start).to_be_disabled()
    assert waiting.sent == [("POST /v1/manager/start", {})]


@pytest.mark.parametrize(
    ("session", "why"),
    [
        ({"GameType": "MULTIPLE_TRIALS"}, "start when they like"),
        ({"GameType": "SINGLE_TRIAL", "Synchronized": False}, "start when they like"),
        ({"GameType": "SINGLE_TRIAL", "Synchronized": True, "StartAt": 1}, "starts only once"),
    ],
)
def test_start_is_there_only_for_a_session_that_waits(
    page: Page, fake: Room, session: dict[str, object], why: str
) -> None:
    """Otherwise the button cannot be pressed, and the reason stands beside it."""
    fake.session = open_session(**session)
    sign_in(page)

    expect(page.locator("#start-why")).to_contain_text(why, timeout=SOON)
    expect(page.locator("#start")).to_be_disabled()


def test_closing_needs_a_typed_word(page: Page, waiting: Room) -> None:
    """The button in the question stays off until CLOSE is typed; then the session goes into the history."""
    sign_in(page)
    expect(page.locator("#close")).to_be_enabled(timeout=SOON)
    page.locator("#close").click()
    sure = page.get_by_role("dialog").get_by_role("button", name="Close the session")
    expect(sure).to_be_disabled()
    page.keyboard.type("CLOSE")
    expect(sure).to_be_enabled()
    page.keyboard.press("Enter")

    expect(page.locator("#open")).to_be_visible(timeout=SOON)
    expect(page.locator("#history th")).to_have_text("TEST261121T120000", timeout=SOON)
    assert [one for one, _ in waiting.sent] == ["DELETE /v1/manager/session"]


@pytest.mark.parametrize("button", ["#close", "#start"])
def test_a_question_about_a_session_that_is_over_is_taken_back(page: Page, waiting: Room, button: str) -> None:
    """Another manager has closed it and opened the next meanwhile: a yes would close, or start, that one."""
    sign_in(page)
    expect(page.locator(button)).to_be_enabled(timeout=SOON)
    page.locator(button).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    waiting.session = open_session(SessionId="NEXT", GameType="SINGLE_TRIAL", Synchronized=True)

    expect(page.locator("#session-name")).to_have_text("NEXT", timeout=SOON)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(button)).to_be_enabled(timeout=SOON)
    assert waiting.sent == []


def test_two_managers_and_a_reload_see_the_same(page: Page, context: BrowserContext, fake: Room) -> None:
    """What one manager does, the other sees without touching anything; a reload keeps session and sign-in."""
    sign_in(page)
    other = context.new_page()
    sign_in(other)
    expect(other.locator("#open")).to_be_visible(timeout=SOON)
    page.get_by_label("Single trial").check()
    page.get_by_label("Everybody starts together").check()
    page.get_by_role("button", name="Open the session").click()
    for one in (page, other):
        expect(one.locator("#session-name")).to_have_text("261121T120000", timeout=SOON)
        expect(one.locator("#start")).to_be_enabled(timeout=SOON)

    page.reload()
    expect(page.locator("#session-name")).to_have_text("261121T120000", timeout=SOON)
    assert fake.session
    fake.session = {**fake.session, "ClosingTime": "2026-11-21T12:30:00.000Z"}
    expect(other.locator("#open")).to_be_visible(timeout=SOON)
    expect(page.locator("#open")).to_be_visible(timeout=SOON)


def test_somebody_was_faster(page: Page, fake: Room, complaints: Complaints) -> None:
    """409 SessionAlreadyOpen is said in words, and the other's session is shown."""
    complaints.network = True
    sign_in(page)
    fake.rival = open_session(SessionId="THEIRS")
    page.get_by_role("button", name="Open the session").click()

    expect(page.locator("#open-problem")).to_have_text("Another manager has opened a session meanwhile.")
    expect(page.locator("#session-name")).to_have_text("THEIRS", timeout=SOON)


def test_nothing_can_be_done_while_the_api_is_away(page: Page, waiting: Room, complaints: Complaints) -> None:
    """Buttons that change something are off with the reason until the connection is back; the picture stays."""
    complaints.network = True
    sign_in(page)
    expect(page.locator("#start")).to_be_enabled(timeout=SOON)
    waiting.status = 503
    expect(page.get_by_role("status").first).to_contain_text("answers with an error (503)", timeout=SOON)
    expect(page.locator("#start")).to_be_disabled()
    expect(page.locator("#close")).to_be_disabled()
    expect(page.locator("#start-why")).to_have_text("Not now: the connection to the API is interrupted.")
    expect(page.locator("#session-name")).to_have_text("TEST261121T120000")

    waiting.status = 200
    expect(page.locator("#start")).to_be_enabled(timeout=2 * SOON)


def test_the_room_is_shown_the_way_in(page: Page, waiting: Room, site: str) -> None:
    """The address of the game with its QR code, and the projector's with the session's code."""
    sign_in(page)
    expect(page.locator("#join-link")).to_have_attribute("href", f"{site}/alien-attack/", timeout=SOON)
    expect(page.locator("#join-code")).not_to_have_js_property("naturalWidth", 0)
    board = f"{site}/alien-attack/board/?session=TEST261121T120000&code={CODE}"
    expect(page.locator("#board-link")).to_have_attribute("href", board, timeout=SOON)
    with page.expect_popup() as opened:
        page.locator("#board-link").click()

    expect(opened.value.locator("#session-name")).to_have_text("TEST261121T120000", timeout=SOON)
    assert waiting.rows


@pytest.mark.parametrize("language", ["en", "es", "qps"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_console_fits_and_is_named(page: Page, waiting: Room, width: int, language: str, tmp_path: Path) -> None:
    """On a phone and a laptop, in any language, also in one that is 40 % longer: nothing is cut off, all is named."""
    page.set_viewport_size({"width": width, "height": 844})
    waiting.history = [open_session(SessionId="W" * 80, ClosingTime="2026-11-21T12:30:00.000Z", Gamers=3)]
    waiting.session = None
    page.goto(f"{MANAGER}?lang={language}")
    page.locator("#username").fill("manager")
    page.locator("#password").fill("right")
    page.locator("#signin button").click()
    expect(page.locator("#open")).to_be_visible(timeout=SOON)
    assert faults(page) == []
    waiting.session = open_session(GameType="SINGLE_TRIAL", Synchronized=True)
    expect(page.locator("#start")).to_be_enabled(timeout=SOON)
    expect(page.locator("#leaders tr")).to_have_count(3, timeout=SOON)

    assert faults(page) == []
    page.screenshot(path=tmp_path / f"manager-{width}-{language}.png", full_page=True)
    clipped = "nodes => nodes.filter(node => node.scrollWidth > node.clientWidth + 1).map(node => node.outerHTML)"
    assert page.locator("button:visible, .figures dd, .figures dt, h2, label").evaluate_all(clipped) == []


def test_every_text_can_be_read(page: Page) -> None:
    """WCAG 2.2 AA: text of any of the pages' colours has 4.5:1 on each of their grounds."""
    page.goto(MANAGER)
    found = contrasts(page)

    assert len(found) == 24
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


def test_the_ten_best_are_told_by_the_socket(page: Page, waiting: Room) -> None:
    """As a manager who watches this board. While it tells them nobody asks; told no more, the page asks again."""
    assert waiting.session
    page.clock.install()
    sign_in(page)
    expect(page.locator("#leaders .nickname")).to_have_text(["ada", "grace", "Ωmega"], timeout=SOON)
    until(lambda: page.evaluate("true") and waiting.sockets, SOON / 1000, what="the socket")
    query = parse_qs(urlsplit(waiting.sockets[0].url).query)
    assert query == {"board": [waiting.session["SessionId"]], "token": [tokens("manager")["IdToken"]]}

    waiting.tell("ANOTHER261121T120000", pushed("linus", 900))
    waiting.tell(waiting.session["SessionId"], pushed("hedy", 50), pushed("alan", 40))
    expect(page.locator("#leaders .nickname")).to_have_text(["hedy", "alan"])
    assert page.locator("#leaders [data-key=Score]").all_inner_texts() == ["50", "40"]
    stand_still(page)
    waiting.tell(waiting.session["SessionId"], pushed("hedy", 60))
    expect(page.locator("#leaders .nickname")).to_have_text(["hedy"])
    page.clock.run_for(2000)  # a question each 1.5 s, else
    assert page.locator("#leaders .nickname").all_inner_texts() == ["hedy"]
    page.clock.run_for(3000)
    expect(page.locator("#leaders .nickname")).to_have_text(["ada", "grace", "Ωmega"])
    page.clock.resume()
    waiting.session = {**waiting.session, "ClosingTime": "2026-11-21T12:30:00.000Z"}
    until(lambda: page.evaluate("true") and not waiting.sockets, SOON / 1000, what="the socket's end")
