"""A site of the tests' own, and a browser whose every request is the site's or is answered by the fake."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from cloud.wait import until
from tests.browser import Complaints
from tests.browser import chromium as installed_chromium
from tests.contract.pages.fake import API, COGNITO, FakeStack
from tests.ports import free_port

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a site of the test's own."""
    port = free_port()
    environ = {**os.environ, "FOGBANK_SITE_PORT": str(port), "FOGBANK_COGNITO_URL": COGNITO}
    environ["FOGBANK_SITE_FOLDER"] = str(ROOT / "frontend")
    with subprocess.Popen([sys.executable, "-m", "services.site"], cwd=ROOT, env=environ) as process:
        try:
            address = f"http://localhost:{port}"
            until(lambda: urllib.request.urlopen(f"{address}/health").status == 200, 15, what="the site")
            yield address
        finally:
            process.terminate()


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
    with chromium.new_context(base_url=site, viewport={"width": 1280, "height": 800}) as context:
        foreign: list[str] = []

        def refuse(route: Route) -> None:
            foreign.append(route.request.url)
            route.abort()

        context.route("**/*", refuse)
        context.route(f"{site}/**", lambda route: route.continue_())
        for address in (API, COGNITO):
            context.route(f"{address}/**", fake.answer)
        yield context
        assert foreign == [], "a page asked for something from elsewhere"


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
