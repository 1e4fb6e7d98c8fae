"""Wild Rydes' pages: a site of the tests' own, and a browser whose AWS is played inside of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.contract.fleet.fake import AWS, FakeAws
from tests.contract.site import profile, serving


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a site of the test's own, whose pages look for AWS at one address."""
    with serving(**{f"FOGBANK_{service}_URL": AWS for service in ("COGNITO", "KINESIS", "SQS")}) as address:
        yield address


@pytest.fixture
def fake() -> FakeAws:
    """The fake; a test changes it while the page looks."""
    return FakeAws()


@pytest.fixture
def context(chromium: Browser, site: str, fake: FakeAws) -> Iterator[BrowserContext]:
    """A fresh profile whose every request is the site's, or is answered by the fake."""
    with profile(chromium, site, {"width": 1600, "height": 900}, {AWS: fake.answer}) as context:
        context.route_web_socket("ws://localhost:8000/wild-rydes-live/**", fake.live.connect)
        yield context
