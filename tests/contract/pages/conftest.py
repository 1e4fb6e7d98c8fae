"""A site of the tests' own, and a browser whose every request is the site's or is answered by the fake."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import Complaints
from tests.browser import chromium as installed_chromium
from tests.contract.pages.fake import API, COGNITO, FakeStack
from tests.contract.site import profile, serving


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a site of the test's own."""
    with serving(FOGBANK_COGNITO_URL=COGNITO) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per module: while it runs, no other event loop may run in this thread."""
    with installed_chromium() as browser:
        yield browser


@pytest.fixture
def fake() -> FakeStack:
    """The fake; a test changes its fields while the page looks."""
    return FakeStack()


@pytest.fixture
def context(chromium: Browser, site: str, fake: FakeStack) -> Iterator[BrowserContext]:
    """A fresh profile whose every request is the site's, or is answered by the fake."""
    answers = dict.fromkeys((API, COGNITO), fake.answer)
    with profile(chromium, site, {"width": 1280, "height": 800}, answers) as context:
        yield context


@pytest.fixture
def complaints() -> Complaints:
    """What the page complains of; a test that makes calls fail says so in it."""
    return Complaints()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A tab that must not have complained when the test is over."""
    page = context.new_page()
    complaints.listen(page)
    yield page
    assert complaints.unexpected() == []
