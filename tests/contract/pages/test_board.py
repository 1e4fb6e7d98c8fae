"""The live board while all is well: sign-in, sessions, scores, and nicknames that are text."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import SOON, Traffic, shown, sign_in
from tests.contract.pages.fake import FakeStack, open_session, row

MARKUP = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>"

pytestmark = pytest.mark.browser


def test_without_a_session_the_board_waits_and_then_shows_it(page: Page, fake: FakeStack, tmp_path: Path) -> None:
    """No session, then an open one without gamers, then a score: each is shown in its turn without a reload."""
    sign_in(page)
    expect(page.get_by_role("heading", name="No session is open")).to_be_visible()
    page.screenshot(path=tmp_path / "no-session.png")

    fake.session = open_session()
    expect(page.locator("#session-name")).to_have_text("TEST261121T120000", timeout=SOON)
    expect(page.get_by_role("heading", name="Who is first?")).to_be_visible(timeout=SOON)

    fake.rows = [row("grace", 1250, shots=301, level=4)]
    expect(page.locator("#leaders tr")).to_have_count(1, timeout=SOON)
    assert shown(page) == [["1", "grace", "1,250", "3", "301", "4"]]


def test_the_board_follows_the_scores(page: Page, fake: FakeStack, tmp_path: Path) -> None:
    """The ten best in the API's order, the own row marked, who is out marked, and moves shown at the next poll."""
    names = ["ada", "linus", "grace", "Ωmega", "محمد", "x" * 60, "barbara", "ken", "dennis", "edsger", "late"]
    fake.session = open_session(GameType="TIME_CONSTRAINED", TimeoutInMinutes=15)
    fake.rows = [row(name, 2000 - 100 * index, lives=index % 4) for index, name in enumerate(names)]
    sign_in(page)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    assert [cells[1] for cells in shown(page)] == names[:10]
    expect(page.locator("#leaders .own")).to_contain_text("ada")
    expect(page.locator("#leaders .finished")).to_have_count(3)
    expect(page.locator("#session-facts")).to_contain_text("One game each, 15 minutes · 200 seats")
    page.screenshot(path=tmp_path / "board.png")

    fake.rows.insert(0, row("late", 9000))
    fake.rows.pop()
    expect(page.locator("#leaders tr").first).to_contain_text("9,000", timeout=SOON)
    assert [cells[:2] for cells in shown(page)[:2]] == [["1", "late"], ["2", "ada"]]


def test_a_closed_session_keeps_its_board(page: Page, fake: FakeStack) -> None:
    """A session with a closing time is shown as closed, with its last scores; the next one takes its place."""
    fake.session, fake.rows = open_session(), [row("ada", 10)]
    sign_in(page)
    expect(page.locator("#session-state")).to_have_text("Open", timeout=SOON)

    fake.session = open_session(ClosingTime="2026-11-21T12:30:00.000Z")
    expect(page.locator("#session-state")).to_have_text("Closed", timeout=SOON)
    expect(page.locator("#leaders tr")).to_have_count(1)

    fake.rows, fake.session = [], open_session(SessionId="NEXT261121T124000")
    expect(page.locator("#session-name")).to_have_text("NEXT261121T124000", timeout=SOON)
    expect(page.locator("#leaders tr")).to_have_count(0)


@pytest.mark.parametrize(
    "nickname", [MARKUP, "</td></tr><script>document.title='owned'</script>", "a\u202eb", "{count}"]
)
def test_a_nickname_is_text(page: Page, fake: FakeStack, nickname: str) -> None:
    """Markup, scripts, direction marks and placeholders in a nickname are shown as they are and do nothing."""
    fake.session, fake.rows = open_session(), [row(nickname, 10)]
    sign_in(page, username=nickname)
    expect(page.locator("#leaders tr")).to_have_count(1, timeout=SOON)

    assert page.locator("#leaders .nickname").text_content() == nickname
    assert page.locator("#nickname").text_content() == nickname
    assert page.locator("#leaders img, #leaders script, #leaders b, #account img").count() == 0
    assert "owned" not in page.title()


def test_a_reload_keeps_the_sign_in_and_signing_out_ends_it(page: Page, fake: FakeStack) -> None:
    """Tokens live in the tab's session storage until signing out."""
    page.clock.install()
    traffic = Traffic(page)
    sign_in(page)
    expect(page.locator("#nickname")).to_have_text("ada")
    page.reload()
    expect(page.locator("#nickname")).to_have_text("ada")

    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#signin")).to_be_visible()
    traffic.settle()  # what was asked for before
    asked = len(fake.seen)
    page.clock.run_for(30_000)  # of the page's own time: nothing is asked any more
    assert len(fake.seen) == asked
    assert page.evaluate("sessionStorage.length") == 0


def test_a_gamer_is_not_offered_the_managers_view(page: Page, fake: FakeStack) -> None:
    """Who is not in the group Managers has no switch, and the page never asks for the managers' route."""
    fake.session, fake.rows = open_session(), [row("ada", 10)]
    sign_in(page)
    expect(page.locator("#leaders tr")).to_have_count(1, timeout=SOON)

    expect(page.locator("#views")).to_be_hidden()
    assert not any("manager" in request for request in fake.seen)
