"""The launcher: what there is, whether it answers, and nothing that leads nowhere."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import BOARD, SOON, Complaints
from tests.contract.budgets import loaded, over
from tests.contract.pages.accessible import faults
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


@pytest.mark.parametrize(
    ("address", "file"), [("/alien-attack/", "lib/i18n.js"), ("/", "lib/dom.js"), (BOARD, "i18n/en.json")]
)
def test_a_page_that_did_not_arrive_whole_gets_what_is_missing(
    page: Page, complaints: Complaints, address: str, file: str
) -> None:
    """A module that is lost leaves the page empty, so it is loaded again, twice; words are asked for again in place."""
    complaints.network = True
    lost = iter([True, True])
    page.route(f"**/{file}", lambda route: route.abort() if next(lost, False) else route.fallback())
    page.goto(address)

    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SOON)
    expect(page.locator(".skip")).not_to_have_text("")
    assert page.evaluate("sessionStorage.getItem('fogbank.reloads')") is None


def test_a_page_that_is_opened_too_early_starts_late(page: Page, site: str, complaints: Complaints) -> None:
    """config.json is asked for until it comes."""
    complaints.network = True
    answers = iter([503, 503])

    def busy(route: Route) -> None:
        if status := next(answers, None):
            route.fulfill(status=status)
        else:
            route.continue_()

    page.context.route(f"{site}/config.json", busy)
    page.goto("/")

    expect(page.locator("#addresses")).to_contain_text(f"{API}/alien-attack/prod", timeout=SOON)


def test_the_launcher_leads_to_every_page_and_lets_a_room_in(page: Page, site: str) -> None:
    """Play, manage, watch; the address to share with its QR code; which boxes are behind, and on which versions."""
    page.goto("/")
    links = page.locator(".apps a").evaluate_all("links => links.map(link => new URL(link.href).pathname)")

    game = ["/alien-attack/", "/alien-attack/manager/", "/alien-attack/board/"]
    assert links == [*game, "/wild-rydes/", "/wild-rydes/inbox/"]
    expect(page.locator("#room-link")).to_have_attribute("href", f"{site}/")
    expect(page.locator("#room-code")).not_to_have_js_property("naturalWidth", 0)
    expect(page.locator("#boxes li")).to_have_text(
        [f"{name}does not answer" for name in ("API Gateway", "Lambda", "Streams, tables, queues", "Cognito")]
    )
    expect(page.locator("#versions")).to_contain_text("MiniStack")
    assert faults(page) == []


def test_the_launcher_speaks_spanish(page: Page) -> None:
    """The choice holds for all pages of this browser."""
    page.goto("/")
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("link", name="Jugar a Alien Attack")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "es"
    assert faults(page) == []

    page.goto(BOARD)
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()


@pytest.mark.parametrize("address", ["/", BOARD, "/alien-attack/manager/"])
def test_a_page_is_small(page: Page, address: str) -> None:
    """Libraries, scripts, styles and fonts of the first load keep their budgets, and all of it is under 200 kB."""
    files = loaded(page, address)

    assert sum(one["unpacked"] for one in files) > 20_000
    assert over(files, 200_000) == {}


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
