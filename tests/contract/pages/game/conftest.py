"""The same site and browser with a fuller fake, and a page that has a game in it."""

import pytest

from tests.contract.pages.game.fake_room import FakeRoom


@pytest.fixture
def fake() -> FakeRoom:
    """The fake; a test changes its fields while the page looks."""
    return FakeRoom()
