"""axe-core finds nothing serious on the launcher, the board, the wall and the manager's console."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import BOARD, SOON
from tests.contract.pages.fake import open_session
from tests.contract.pages.room import CODE, Room, crowd
from tests.contract.rules import broken

pytestmark = pytest.mark.browser


@pytest.fixture
def fake() -> Room:
    """A room in which a session waits for START."""
    room = Room(names=["ada", "grace", "<b>linus</b>"], connections=3, rows=crowd(30))
    room.session = open_session(GameType="SINGLE_TRIAL", Synchronized=True)
    return room


def test_a_page_cannot_hide_a_fault_from_the_rules(page: Page) -> None:
    """A picture without words is found, so the rules do run."""
    page.goto("/error.html")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")

    assert [rule for _, rule, _ in broken(page)] == ["image-alt"]


def test_the_launcher_keeps_the_rules(page: Page) -> None:
    """With all that it says of services, addresses and licences."""
    page.goto("/")
    expect(page.locator("#health .pill.well")).to_have_count(3)

    assert broken(page) == []


def test_the_board_keeps_the_rules(page: Page, fake: Room) -> None:
    """Its sign-in, the wall's lobby, its scores, and the podium."""
    assert fake.session
    page.goto(BOARD)
    expect(page.get_by_label("Nickname")).to_be_visible(timeout=SOON)
    assert broken(page) == []
    page.goto(f"{BOARD}?session=TEST261121T120000&code={CODE}")
    expect(page.locator("#lobby")).to_be_visible(timeout=SOON)
    assert broken(page) == []
    fake.session |= {"SynchronizeTime": "2026-11-21T12:01:00.000Z", "StartAt": fake.now() - 60_000}
    expect(page.locator("#field li")).to_have_count(20, timeout=SOON)
    assert broken(page) == []
    fake.session |= {"ClosingTime": "2026-11-21T12:30:00.000Z"}
    expect(page.locator("#podium .nickname")).to_have_count(3, timeout=SOON)
    assert broken(page) == []


def test_the_console_keeps_the_rules(page: Page, fake: Room) -> None:
    """With a session that is open, and with the form for the next one."""
    assert fake.session
    page.goto("/alien-attack/manager/")
    page.get_by_label("Nickname").fill("manager")
    page.get_by_label("Password").fill("right")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#close")).to_be_enabled(timeout=SOON)
    assert broken(page) == []
    fake.session |= {"ClosingTime": "2026-11-21T12:30:00.000Z"}
    expect(page.locator("#open")).to_be_visible(timeout=SOON)
    assert broken(page) == []
