"""axe-core finds nothing serious on the game's screens."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import SOON
from tests.contract.pages.game.fake_room import FakeRoom
from tests.contract.pages.game.ways import GAME, enter, join, lose, wait
from tests.contract.rules import broken

pytestmark = pytest.mark.browser


def test_the_way_in_keeps_the_rules(page: Page) -> None:
    """Title, registration, and signing in."""
    page.goto(GAME)
    expect(page.get_by_role("button", name="Get a nickname")).to_be_visible(timeout=SOON)
    assert broken(page) == []
    page.get_by_role("button", name="Get a nickname").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    assert broken(page) == []


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_game_keeps_the_rules(page: Page, fake: FakeRoom, size: tuple[int, int]) -> None:
    """Lobby, play and its end, at a desk and on a phone."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    fake.open()
    enter(page)
    expect(page.get_by_role("button", name="Join")).to_be_visible(timeout=SOON)
    assert broken(page) == []
    join(page)
    wait(page, "__aa.startedAt !== null")
    assert broken(page) == []
    lose(page)
    expect(page.get_by_role("heading", name="Game over")).to_be_visible(timeout=SOON)
    assert broken(page) == []
