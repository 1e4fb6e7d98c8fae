"""The launcher: what there is, whether it answers, and nothing that leads nowhere."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import BOARD, Complaints
from tests.contract.pages.fake import API, FakeStack

ROOT = Path(__file__).parents[3]

WORKS = json.loads((ROOT / "frontend/vendor/VENDOR.json").read_text())

pytestmark = pytest.mark.browser


def test_the_launcher_says_what_there_is_and_whether_it_answers(page: Page, site: str, tmp_path: Path) -> None:
    """The first page links to the board, shows the addresses and asks pages, API and sign-in whether they answer."""
    page.goto("/")

    expect(page.locator("#health .pill.well")).to_have_count(3)
    expect(page.locator("#addresses")).to_contain_text(f"{API}/alien-attack/prod")
    expect(page.locator("#licences li")).to_have_count(len(WORKS))
    page.screenshot(path=tmp_path / "launcher.png", full_page=True)
    page.get_by_role("link", name="Open the board").click()
    expect(page).to_have_url(f"{site}{BOARD}")


def test_the_launcher_says_so_when_the_api_is_down(page: Page, fake: FakeStack, complaints: Complaints) -> None:
    """A box that does not answer is named as such, and the page itself still works."""
    complaints.network = True
    fake.away = True
    page.goto("/")

    expect(page.locator("#health li", has_text="REST API")).to_contain_text("does not answer")
    expect(page.locator("#health li", has_text="Pages").locator(".well")).to_be_visible()


def test_links_of_both_pages_lead_somewhere(page: Page) -> None:
    """No link leads to a page that does not exist."""
    for address in ("/", BOARD):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        links = page.locator("a[href]").evaluate_all("links => links.map(link => link.href.split('#')[0])")
        assert links
        assert {link: page.request.get(link).status for link in links} == dict.fromkeys(links, 200)


def test_no_text_is_missing(page: Page) -> None:
    """Every text key that a page names has a text."""
    texts = json.loads((ROOT / "frontend/i18n/en.json").read_text())
    for address in ("/", BOARD):
        page.goto(address)
        expect(page.locator(".skip")).to_have_text(texts["skip"])  # the words come from a module
        named = page.locator("[data-t]").evaluate_all("nodes => nodes.map(node => [node.dataset.t, node.textContent])")
        assert named
        assert all(texts[key] == text for key, text in named)
