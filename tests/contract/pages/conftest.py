"""A site of the tests' own, and a browser whose every request is the site's or is answered by the fake."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.contract.pages.fake import API, COGNITO, FakeStack
from tests.contract.site import profile, serving


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a site of the test's own."""
    with serving(FOGBANK_COGNITO_URL=COGNITO) as address:
        yield address


@pytest.fixture
def fake() -> FakeStack:
    """The fake; a test changes its fields while the page looks."""
    return FakeStack()


@pytest.fixture
def context(chromium: Browser, site: str, fake: FakeStack) -> Iterator[BrowserContext]:
    """A fresh profile whose every request is the site's, or is answered by the fake."""
    answers = dict.fromkeys((API, COGNITO), fake.answer)
    with profile(chromium, site, {"width": 1280, "height": 800}, answers) as context:
        context.route_web_socket("ws://localhost:8000/**", fake.connect)
        yield context
