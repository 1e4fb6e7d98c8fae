"""axe-core finds nothing serious on the fleet's pages."""

import pytest
from playwright.sync_api import Page, expect

from tests.contract.fleet.fake import POOL, FakeAws
from tests.contract.rules import broken

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("address", ["/wild-rydes/", "/wild-rydes/inbox/"])
def test_the_fleets_pages_keep_the_rules(page: Page, fake: FakeAws, address: str) -> None:
    """Before and after somebody says which identity pool to use."""
    assert fake
    page.goto(address)
    page.get_by_label("Identity pool id").fill(POOL)
    expect(page.locator("#submit")).to_be_enabled()
    assert broken(page) == []
    page.locator("#submit").click()
    expect(page.locator("#link")).not_to_have_text("")
    assert broken(page) == []
