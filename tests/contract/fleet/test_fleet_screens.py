"""How the pages of Wild Rydes look, from a phone to a desktop, with few unicorns and with a hundred."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.contract.budgets import loaded, over
from tests.contract.fleet.fake import FakeAws, Fleet, live
from tests.contract.pages.accessible import faults

pytestmark = pytest.mark.browser

WIDER = "document.documentElement.scrollWidth"


@pytest.mark.parametrize("size", [(1600, 900), (390, 844)])
@pytest.mark.parametrize("count", [2, 100])
def test_the_fleet_fits_the_screen(
    page: Page, fake: FakeAws, size: tuple[int, int], count: int, tmp_path: Path
) -> None:
    """Nothing is wider than the screen; on a desktop map and table fill it; table and map show the same unicorns."""
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    fleet = Fleet(page, fake, [f"Unicorn-{number:03}" for number in range(count)])
    fleet.watch()
    fleet.fly(12)
    page.get_by_role("button", name="Unicorn-001").click()
    fleet.fly(2)
    live(page)
    for second in range(25):  # the camera follows in frames
        page.clock.run_for(200 if second < 24 else 16)
    page.screenshot(path=tmp_path / f"{width}-{count}.png", full_page=width < 800)

    assert page.evaluate(WIDER) <= width
    expect(page.locator("#fleet tr")).to_have_count(count)
    expect(page.locator("#map")).to_have_attribute("data-unicorns", str(count))
    box = page.locator("#map").bounding_box()
    assert box is not None
    assert box["height"] > 0.5 * height
    if width > 800:
        assert page.evaluate("document.documentElement.scrollHeight") <= height


def test_the_map_shows_the_coast_of_new_york(page: Page, fake: FakeAws, tmp_path: Path) -> None:
    """Land and sea are where they are: looked at by their colours, at places that everybody knows."""
    fleet = Fleet(page, fake, [])
    page.goto("/wild-rydes/")
    expect(page.locator("#map [data-scale]")).to_have_text("20 km")
    page.screenshot(path=tmp_path / "empty.png")
    colours = page.evaluate(
        """async () => {
            const { Camera, project } = await import('/wild-rydes/camera.js');
            const canvas = document.querySelector('#map canvas');
            const camera = new Camera();
            const { width, height } = document.getElementById('map').getBoundingClientRect();
            camera.resize(width, height);
            const ratio = canvas.width / width;
            const pixels = (place) => camera.toScreen(project(place)).map((one) => Math.round(one * ratio));
            const at = (...place) => canvas.getContext('2d').getImageData(...pixels(place), 1, 1).data.join();
            const [island, sound] = [at(-73.0, 40.86), at(-72.9, 41.08)];
            return { island, sound, ocean: at(-73.2, 40.2), jersey: at(-74.6, 40.1) };
        }"""
    )

    assert fleet.second == 0
    assert colours["island"] == colours["jersey"]
    assert colours["sound"] == colours["ocean"]
    assert colours["island"] != colours["ocean"]


def test_the_page_is_named_for_screen_readers(page: Page, fake: FakeAws) -> None:
    """Landmarks, one first-level heading, a caption, headings of columns and rows, labelled meters."""
    fleet = Fleet(page, fake, ["Shadowfax"])
    fleet.watch()
    fleet.fly(2)
    page.get_by_role("button", name="Shadowfax").click()

    assert page.get_by_role("main").count() == page.get_by_role("heading", level=1).count() == 1
    table = page.get_by_role("table", name="The fleet")
    assert table.get_by_role("columnheader").count() == 5
    assert table.get_by_role("rowheader").count() == 1
    assert page.get_by_role("meter", name="Health").count() == 1
    assert page.get_by_role("button", name="Closer").count() == 1


@pytest.mark.parametrize(("address", "total"), [("/wild-rydes/", 550_000), ("/wild-rydes/inbox/", 200_000)])
def test_a_page_is_small(page: Page, address: str, total: int) -> None:
    """Each kind of file of the first load keeps its budget, the map's data too."""
    files = loaded(page, address)

    assert sum(one["unpacked"] for one in files) > 20_000
    assert over(files, total) == {}


@pytest.mark.parametrize(("language", "width"), [("es", 390), ("qps", 390), ("qps", 1600)])
def test_nothing_is_cut_off_in_any_language_and_all_is_named(
    page: Page, fake: FakeAws, language: str, width: int, tmp_path: Path
) -> None:
    """Also in one that is 40 % longer: the form, the fleet with a card and somebody silent, an error, the inbox."""
    page.set_viewport_size({"width": width, "height": 844})
    fleet = Fleet(page, fake, ["Shadowfax", "Pegasus of the long name that somebody gave"])
    page.goto(f"/wild-rydes/?lang={language}")
    expect(page.locator("#submit")).to_be_enabled()
    seen = [*faults(page), *_clipped(page)]
    page.screenshot(path=tmp_path / f"form-{width}-{language}.png", full_page=width < 800)

    page.locator("[value=push]").check()
    page.locator("#submit").click()
    fleet.is_told = True
    fleet.until_asked()
    fleet.fly(3)
    fleet.muted = {"Shadowfax"}
    fake.live.answers = False
    fleet.fly(21)
    page.locator("#fleet button").first.click()
    expect(page.locator("#banner")).to_be_visible()
    seen += [*faults(page), *_clipped(page)]
    page.screenshot(path=tmp_path / f"fleet-{width}-{language}.png", full_page=width < 800)

    page.goto(f"/wild-rydes/inbox/?lang={language}")
    expect(page.locator("#submit")).to_be_enabled()
    page.screenshot(path=tmp_path / f"inbox-{width}-{language}.png", full_page=width < 800)
    assert [*seen, *faults(page), *_clipped(page)] == []


def test_the_map_is_watched_with_the_keyboard_alone(page: Page, fake: FakeAws) -> None:
    """The way is chosen with the arrows, the form sent with Enter; map, tools, rows and card are in the tabs' order."""
    fleet = Fleet(page, fake, ["Shadowfax"])
    page.goto("/wild-rydes/")
    expect(page.locator("#submit")).to_be_enabled()
    page.locator("[value=direct]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("#submit")).to_be_focused()
    page.keyboard.press("Enter")
    fleet.is_told = True
    fleet.until_asked()
    fleet.fly(2)
    live(page)

    page.locator("#map").focus()
    before = page.locator("#map [data-scale]").text_content()
    for _ in range(4):
        page.keyboard.press("-")
    page.clock.run_for(3000)
    expect(page.locator("#map [data-scale]")).not_to_have_text(str(before))
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    assert reached[:5] == ["closer", "farther", "follow", "stop", "Shadowfax"]
    page.get_by_role("button", name="Shadowfax").press("Enter")
    page.locator("#card-close").press("Enter")
    expect(page.locator("#card")).to_be_hidden()


def _clipped(page: Page) -> list[str]:
    """What holds more text than shows."""
    seen = ", ".join(
        f"{kind}:visible" for kind in ("button", ".choice", ".pill", "h1", "h2:not(.unseen)", "label", "dd")
    )
    nodes = page.locator(f"#side, {seen}")
    found: list[str] = nodes.evaluate_all(
        "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.outerHTML)"
    )
    return found
