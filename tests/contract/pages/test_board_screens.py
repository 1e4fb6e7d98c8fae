"""How the pages look: from a phone to a projector, with a keyboard and with a screen reader."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import BOARD, SOON, sign_in
from tests.contract.pages.fake import FakeStack, open_session, row

pytestmark = pytest.mark.browser


def test_a_manager_sees_all_gamers_and_the_top_ten(page: Page, fake: FakeStack, tmp_path: Path) -> None:
    """GET manager/gamers fills a view of everybody, 200 gamers without scrolling at 1080p, beside the top 10."""
    page.set_viewport_size({"width": 1920, "height": 1080})
    fake.session = open_session()
    fake.rows = [row(f"gamer-{number:03}", 20_000 - 90 * number, lives=number % 4) for number in range(200)]
    sign_in(page, username="manager")
    expect(page.locator("#field li")).to_have_count(190, timeout=SOON)
    expect(page.locator("#leaders tr")).to_have_count(10)
    page.screenshot(path=tmp_path / "all-gamers.png")
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    last = page.locator("#field li").last.bounding_box()
    assert last is not None
    assert last["y"] + last["height"] <= 1080
    assert (
        page.locator("#leaders .nickname").first.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 34
    )

    page.get_by_role("button", name="Top 10").click()
    expect(page.locator("#field li")).to_have_count(0, timeout=SOON)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    assert "GET /alien-attack/prod/v1/scoreboard" in fake.seen
    page.screenshot(path=tmp_path / "top-ten.png")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1280, 800), (1920, 1080)])
def test_the_pages_fit_the_screen(page: Page, fake: FakeStack, width: int, height: int, tmp_path: Path) -> None:
    """From a phone to a projector nothing is wider than the screen, and the ten best need no scrolling sideways."""
    page.set_viewport_size({"width": width, "height": height})
    fake.session = open_session()
    fake.rows = [row(f"{'W' * 24}{number}", 1_000_000 - number, shots=12345, level=100) for number in range(10)]
    for address in ("/", BOARD):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=tmp_path / f"{width}{address.strip('/').replace('/', '-')}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    sign_in(page)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    page.screenshot(path=tmp_path / f"{width}-board.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    overflowing = "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth + 1).length"
    assert page.locator("#leaders td").evaluate_all(overflowing) == 0


def test_the_board_is_named_for_screen_readers(page: Page, fake: FakeStack) -> None:
    """Landmarks, one first-level heading, a caption, headings of columns and rows, labels; a keyboard is enough."""
    fake.session, fake.rows = open_session(), [row("ada", 10)]
    page.goto(BOARD)
    assert page.get_by_role("main").count() == page.get_by_role("heading", level=1).count() == 1
    expect(page.get_by_label("Nickname")).to_be_focused()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("right")
    page.keyboard.press("Enter")

    table = page.get_by_role("table", name="The ten best of session TEST261121T120000")
    expect(table).to_be_visible(timeout=SOON)
    assert table.get_by_role("columnheader").count() == 6
    assert (
        table.get_by_role("rowheader").all_inner_texts() == ["ada\nyou"] or table.get_by_role("rowheader").count() == 1
    )
