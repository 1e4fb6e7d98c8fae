"""The map of the fleet: what a visitor sees as unicorns report, fall silent and come back."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Complaints
from tests.contract.fleet.fake import FakeAws, Fleet, Shard, live

pytestmark = pytest.mark.browser

TWELVE = [f"Unicorn-{number}" for number in range(1, 13)]


def test_a_silent_unicorn_fades_and_is_gone_after_thirty_seconds(page: Page, fake: FakeAws) -> None:
    """Quiet at ten seconds, faint at twenty, gone between thirty and thirty-two; the others stay; it can come back."""
    fleet = Fleet(page, fake, TWELVE)
    fleet.watch()
    fleet.fly(3)
    live(page)
    expect(page.locator("#count")).to_have_text("12 unicorns")
    fleet.muted = {"Unicorn-7"}
    silent = fleet.row("Unicorn-7")

    fleet.fly(8)
    expect(silent).to_have_attribute("data-state", "fresh")
    fleet.fly(3)
    expect(silent).to_have_attribute("data-state", "quiet")
    fleet.fly(8)
    expect(silent).to_have_attribute("data-state", "faded")
    fleet.fly(7)
    expect(silent).to_have_count(1)
    fleet.fly(3)
    expect(silent).to_have_count(0)
    expect(page.locator("#count")).to_have_text("11 unicorns")
    expect(page.locator("#map")).to_have_attribute("data-unicorns", "11")
    expect(page.locator("#news")).to_have_text("Out of sight: Unicorn-7")

    fleet.muted = set()
    fleet.fly(2)
    expect(page.locator("#count")).to_have_text("12 unicorns")


def test_being_blind_is_not_silence(page: Page, fake: FakeAws, complaints: Complaints) -> None:
    """While the stream does not answer nobody is counted as silent, and the page says so; it comes back by itself."""
    complaints.network = True
    fleet = Fleet(page, fake, TWELVE[:3])
    fleet.watch()
    fleet.fly(3)
    live(page)

    fake.away = True
    fleet.fly(40)
    expect(page.locator("#link")).to_have_text("Not live")
    expect(page.locator("#banner")).to_contain_text("nobody is counted as silent")
    expect(page.locator("#count")).to_have_text("3 unicorns")

    fake.away = False
    page.clock.run_for(11_000)
    fleet.fly(3)
    live(page)
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#count")).to_have_text("3 unicorns")


def test_the_page_follows_a_split(page: Page, fake: FakeAws) -> None:
    """A shard that ends is read to its end, then its children from their start; nobody is lost on the way."""
    fleet = Fleet(page, fake, TWELVE[:2])
    fleet.watch()
    fleet.fly(2)
    fake.shards |= {"shardId-1": Shard(), "shardId-2": Shard()}
    fake.shards["shardId-0"].children = ("shardId-1", "shardId-2")
    fleet.shard = "shardId-2"
    fleet.fly(35)

    live(page)
    expect(page.locator("#count")).to_have_text("2 unicorns")
    children = [body for operation, body in fake.calls if operation == "GetShardIterator"][1:]
    assert {(one["ShardId"], one["ShardIteratorType"]) for one in children} == {
        ("shardId-1", "TRIM_HORIZON"),
        ("shardId-2", "TRIM_HORIZON"),
    }


def test_a_reload_goes_on_with_the_ages_right(page: Page, fake: FakeAws) -> None:
    """The page looks back thirty seconds, so who has been silent for fifteen is so after a reload, too."""
    fleet = Fleet(page, fake, TWELVE[:2])
    fleet.watch()
    fleet.fly(3)
    fleet.muted = {"Unicorn-2"}
    fleet.fly(15)
    page.reload()
    fleet.fly(3)

    expect(page.locator("#count")).to_have_text("2 unicorns")
    expect(fleet.row("Unicorn-2")).to_have_attribute("data-state", "quiet")
    fleet.fly(14)
    expect(page.locator("#count")).to_have_text("1 unicorn")


def test_who_is_chosen_shows_a_card(page: Page, fake: FakeAws) -> None:
    """By a click on the map, or from the table with the keyboard; Escape closes it, and silence does."""
    fleet = Fleet(page, fake, ["Shadowfax"])
    fleet.watch()
    fleet.fly(4)
    card, chosen = page.locator("#card"), page.locator("#map")
    expect(card).to_be_hidden()
    page.clock.run_for(8000)  # until the map has come to rest with its only unicorn in the middle
    page.clock.run_for(1000)
    chosen.click()
    expect(card).to_contain_text("Shadowfax")
    expect(card).to_contain_text("40.75")
    expect(card.locator("[data-key=speed]")).to_have_text(str(speed()))
    expect(card.locator("[data-key=health]")).to_have_text("150")

    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.get_by_role("button", name="Shadowfax").press("Enter")
    expect(card).to_be_visible()
    fleet.muted = {"Shadowfax"}
    fleet.fly(32)
    expect(card).to_be_hidden()


def speed() -> int:
    """Miles an hour, of 0.002 degrees of latitude a second."""
    return round(0.002 * 6_371_000 * 3.141592653589793 / 180 * 2.236936)


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            ("GetId", "ResourceNotFoundException", "IdentityPool 'x' not found."),
            ("IdentityPool 'x' not found", "Module 1"),
        ),
        (
            ("ListShards", "AccessDeniedException", "User is not authorized to perform kinesis:ListShards"),
            ("AccessDeniedException: User is not", "kinesis:GetRecords"),
        ),
    ],
)
def test_who_is_not_let_in_hears_why(
    page: Page, fake: FakeAws, complaints: Complaints, refusal: tuple[str, ...], said: tuple[str, str]
) -> None:
    """AWS's own error beside the field, and what to look at; the form stays."""
    complaints.network = True
    fake.refusal = refusal
    fleet = Fleet(page, fake, [])
    fleet.watch()

    expect(page.locator("#problem")).to_contain_text(said[0])
    expect(page.locator("#hint")).to_contain_text(said[1])
    expect(page.locator("#link")).to_have_text("Not watching")
    fake.refusal = None
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def test_a_stream_is_read_once_a_second_as_the_visitor(page: Page, fake: FakeAws) -> None:
    """One read per shard and second, all signed with the credentials that the pool gave; rubbish does no harm."""
    fleet = Fleet(page, fake, ["Shadowfax"])
    fleet.watch()
    fleet.fly(2)
    before = fake.reads()
    fake.put("shardId-0", {"Name": "Nowhere", "StatusTime": "never"}, 0)
    fake.put("shardId-0", [], 0)  # type: ignore[arg-type]
    fleet.fly(5)

    assert 5 <= fake.reads() - before <= 6
    expect(page.locator("#count")).to_have_text("1 unicorn")
    signed = [
        one for (operation, _), one in zip(fake.calls, fake.authorizations, strict=True) if operation.startswith("GetR")
    ]
    assert all("Credential=ASIAEXAMPLE/20261125/us-east-1/kinesis/aws4_request" in one for one in signed)
    assert all("x-amz-security-token" in one for one in signed)


def test_a_moment_far_ahead_does_not_hold_a_unicorn_in_its_place(page: Page) -> None:
    """One reading says 2099; the next ones of today count again. What is told again, or comes late, still does not."""
    page.goto("/error.html")
    seen = page.evaluate(
        """async () => {
          const { Fleet } = await import('/wild-rydes/fleet.js');
          const fleet = new Fleet();
          const places = [];
          const take = (StatusTime, Latitude, arrived) => {
            fleet.take({ Name: 'Ada', StatusTime, Latitude, Longitude: -74 }, arrived);
            places.push(fleet.get('Ada').latitude);
          };
          take('2026-11-25 12:00:01.000', 41.1, 1000);
          take('2099-01-01 00:00:00.000', 41.2, 2000);
          take('2026-11-25 12:00:01.000', 41.1, 1000); // told again
          take('2026-11-25 12:00:03.000', 41.3, 3000);
          take('2026-11-25 12:00:04.000', 41.4, 4000);
          take('2026-11-25 12:00:02.000', 41.5, 5000); // late
          return places;
        }"""
    )

    assert seen == [41.1, 41.2, 41.2, 41.3, 41.4, 41.4]
