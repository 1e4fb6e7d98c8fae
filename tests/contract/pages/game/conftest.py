"""The same site and browser with a fuller fake, and a page that has a game in it."""

import pytest
from playwright.sync_api import BrowserContext

from tests.contract.pages.game.fake_room import FakeRoom


@pytest.fixture
def fake() -> FakeRoom:
    """The fake; a test changes its fields while the page looks."""
    return FakeRoom()


@pytest.fixture
def context(context: BrowserContext, fake: FakeRoom) -> BrowserContext:
    """The context of the other pages' tests, with the fake's socket."""
    context.route_web_socket("ws://localhost:8000/**", fake.connect)
    return context
