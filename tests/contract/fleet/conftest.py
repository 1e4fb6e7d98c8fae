"""Wild Rydes' pages: a site of the tests' own, and a browser whose AWS is played inside of it."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from cloud.wait import until
from tests.browser import Complaints
from tests.browser import chromium as installed_chromium
from tests.contract.bootstrap_stack import ROOT
from tests.contract.fleet.fake import AWS, FakeAws
from tests.ports import free_port


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a site of the test's own, whose pages look for AWS at one address."""
    port = free_port()
    places = {f"FOGBANK_{service}_URL": AWS for service in ("COGNITO", "KINESIS", "SQS")}
    environ = {**os.environ, **places, "FOGBANK_SITE_PORT": str(port), "FOGBANK_SITE_FOLDER": str(ROOT / "frontend")}
    with subprocess.Popen([sys.executable, "-m", "services.site"], cwd=ROOT, env=environ) as process:
        try:
            address = f"http://localhost:{port}"
            until(lambda: urllib.request.urlopen(f"{address}/health").status == 200, 15, what="the site")
            yield address
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per module."""
    with installed_chromium() as browser:
        yield browser


@pytest.fixture
def fake() -> FakeAws:
    """The fake; a test changes it while the page looks."""
    return FakeAws()


@pytest.fixture
def context(chromium: Browser, site: str, fake: FakeAws) -> Iterator[BrowserContext]:
    """A fresh profile whose every request is the site's, or is answered by the fake."""
    with chromium.new_context(base_url=site, viewport={"width": 1600, "height": 900}) as context:
        foreign: list[str] = []

        def refuse(route: Route) -> None:
            foreign.append(route.request.url)
            route.abort()

        context.route("**/*", refuse)
        context.route(f"{site}/**", lambda route: route.continue_())
        context.route(f"{AWS}/**", fake.answer)
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
