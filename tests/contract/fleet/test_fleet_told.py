"""The map of the fleet where a function tells the page, through a WebSocket, instead of the page reading the stream."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import Complaints
from tests.contract.fleet.fake import FakeAws, Fleet, live, says

pytestmark = pytest.mark.browser

NAMES = [f"Unicorn-{number}" for number in range(1, 6)]


def test_who_is_told_sees_the_same_fleet(page: Page, fake: FakeAws, tmp_path: Path) -> None:
    """No pool, no call of AWS; the same card, the same thirty seconds, and the stream is asked before anybody goes."""
    fleet = Fleet(page, fake, NAMES)
    fleet.be_told()
    fleet.fly(3)
    live(page)
    expect(page.locator("#watching")).to_contain_text("Told by the function WildRydesPush")
    page.get_by_role("button", name="Unicorn-1").click()
    expect(page.locator("#card")).to_contain_text("40.75")
    expect(page.locator("#card [data-key=health]")).to_have_text("150")
    assert fake.live.questions == 1
    fleet.muted = {"Unicorn-3"}

    fleet.fly(20)
    expect(fleet.row("Unicorn-3")).to_have_attribute("data-state", "faded")
    page.screenshot(path=tmp_path / "told.png")
    fleet.fly(6)
    expect(fleet.row("Unicorn-3")).to_have_count(1)
    assert fake.live.questions > 3
    fleet.fly(4)
    expect(page.locator("#count")).to_have_text("4 unicorns")
    expect(page.locator("#news")).to_have_text("Out of sight: Unicorn-3")
    live(page)

    fleet.muted = set()
    fleet.fly(2)
    expect(page.locator("#count")).to_have_text("5 unicorns")
    assert fake.calls == []


def test_a_function_that_stopped_pushing_makes_nobody_silent(page: Page, fake: FakeAws) -> None:
    """The page asks what the stream holds, so all unicorns that report stay on the map."""
    fleet = Fleet(page, fake, NAMES)
    fleet.be_told()
    fleet.fly(2)
    fake.live.pushes = False
    fleet.fly(40)

    live(page)
    expect(page.locator("#count")).to_have_text("5 unicorns")
    expect(fleet.row("Unicorn-1")).not_to_have_attribute("data-state", "faded")


@pytest.mark.parametrize("how", ["closed", "unanswered"])
def test_being_deaf_is_not_silence(page: Page, fake: FakeAws, complaints: Complaints, how: str) -> None:
    """While the socket is away, or the question is not answered, nobody goes, and the page says so; it comes back."""
    complaints.network = True
    fleet = Fleet(page, fake, NAMES)
    fleet.be_told()
    fleet.fly(2)
    fake.live.pushes = False
    fake.live.answers = False
    if how == "closed":
        fake.live.hang_up()
    fleet.fly(40)
    says(page, "Not live")
    expect(page.locator("#banner")).to_contain_text("nobody is counted as silent")
    expect(page.locator("#count")).to_have_text("5 unicorns")

    fake.live.pushes = fake.live.answers = fake.live.opens = True
    fleet.until_asked(fake.live.questions)
    fleet.fly(2)
    live(page)
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#count")).to_have_text("5 unicorns")


def test_what_the_stream_answers_the_function_is_shown(page: Page, fake: FakeAws) -> None:
    """AWS's own error, and another try every few seconds."""
    fake.live.refusal = ("ResourceNotFoundException", "Stream wildrydes not found.")
    fleet = Fleet(page, fake, [])
    fleet.be_told()
    says(page, "Refused")
    expect(page.locator("#banner")).to_contain_text("ResourceNotFoundException: Stream wildrydes not found.")

    fake.live.refusal = None
    fleet.until_asked(fake.live.questions)
    live(page)


def test_a_reload_goes_on_being_told(page: Page, fake: FakeAws) -> None:
    """The ages come with the answer, so who has been silent for fifteen seconds is so after a reload, too."""
    fleet = Fleet(page, fake, NAMES[:2])
    fleet.be_told()
    fleet.fly(2)
    live(page)
    fleet.muted = {"Unicorn-2"}
    fleet.fly(15)
    before = fake.live.questions
    page.reload()
    fleet.until_asked(before)
    fleet.fly(1)

    live(page)
    expect(page.locator("#count")).to_have_text("2 unicorns")
    expect(fleet.row("Unicorn-2")).to_have_attribute("data-state", "quiet")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#link")).to_have_text("Not watching")
    expect(page.get_by_label("Be told")).to_be_checked()


@pytest.mark.parametrize("width", [1600, 390])
def test_from_another_machine_the_page_can_only_be_told(page: Page, fake: FakeAws, width: int, tmp_path: Path) -> None:
    """The stream stays on loopback: the page says so, and offers what works; the inbox says where it opens."""

    def far(route: Route) -> None:
        config = route.fetch().json()
        route.fulfill(body=json.dumps({**config, "endpoints": {}}), content_type="application/json")

    page.context.route("**/config.json", far)
    page.set_viewport_size({"width": width, "height": 900})
    fleet = Fleet(page, fake, NAMES[:2])
    page.goto("/wild-rydes/")
    expect(page.locator("#far")).to_contain_text("opened from another machine")
    expect(page.get_by_label("Read the stream")).to_be_disabled()
    expect(page.get_by_label("Identity pool id")).to_be_hidden()
    page.screenshot(path=tmp_path / f"far-{width}.png", full_page=width < 800)
    page.get_by_role("button", name="Start").click()
    fleet.is_told = True
    fleet.until_asked()
    fleet.fly(2)
    live(page)
    expect(page.locator("#count")).to_have_text("2 unicorns")

    page.goto("/wild-rydes/inbox/")
    expect(page.locator("#far")).to_contain_text("only on the machine that runs the stack")
    expect(page.get_by_role("button", name="Open")).to_be_disabled()
    page.screenshot(path=tmp_path / f"far-inbox-{width}.png", full_page=width < 800)
