"""What goes wrong, and how the game takes it: leaving, closing, the network, refusals, deadlines."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import SOON, Complaints, Traffic
from tests.contract.pages.game.fake_room import FakeRoom
from tests.contract.pages.game.ways import GAME, ask, await_calls, enter, gaps, join, lose, play, run_for, wait

pytestmark = pytest.mark.browser


def playing(page: Page, fake: FakeRoom, query: str = "test&bot=1", **more: Any) -> None:
    """In a game, by a clock that the test moves."""
    fake.has_time = False
    page.clock.install()
    play(page, fake, query=query, **more)
    run_for(page, 3200)
    expect(page.locator(".play")).to_be_visible(timeout=SOON)


def test_a_page_that_comes_back_takes_its_seat_again(page: Page, fake: FakeRoom) -> None:
    """A page that a browser kept and brings back has given its seat away, and asks for it again."""
    fake.open(GameType="SINGLE_TRIAL", Synchronized=True)
    enter(page)
    join(page)
    expect(page.locator(".waiting")).to_be_visible(timeout=SOON)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    await_calls(page, lambda: fake.left)
    taken = fake.seen.count("POST /alien-attack/prod/v1/allocate")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await_calls(page, lambda: fake.seen.count("POST /alien-attack/prod/v1/allocate") > taken)
    expect(page.locator(".waiting")).to_be_visible()


def test_who_lost_the_seat_while_asleep_gets_it_again_or_is_told(
    page: Page, fake: FakeRoom, complaints: Complaints
) -> None:
    """A phone that slept in the lobby asks for its seat as soon as its socket is open; others may have them all."""
    complaints.network = True
    fake.open(GameType="SINGLE_TRIAL", Synchronized=True)
    enter(page)
    join(page)
    expect(page.locator(".waiting")).to_be_visible(timeout=SOON)
    wait(page, "__aa.flow.room.socket.live")
    fake.freed = True
    fake.sockets[-1].close()
    await_calls(page, lambda: len(fake.seats) == 2)
    fake.freed, fake.refusal = True, "NoSeatsAvailable"
    wait(page, "__aa.flow.room.socket.live")
    fake.sockets[-1].close()
    expect(page.get_by_text("All seats are taken")).to_be_visible(timeout=SOON)
    expect(page.locator(".waiting")).to_have_count(0)


def test_leaving_the_game_asks_first(page: Page, fake: FakeRoom) -> None:
    """The button stops the game for a question; no plays on, yes gives the seat back and leads to the lobby."""
    play(page, fake)
    wait(page, "__aa.startedAt !== null")
    page.get_by_role("button", name="Leave the game").click()
    page.get_by_role("dialog").get_by_role("button", name="Play on").click()
    wait(page, "__aa.flow.run.value.match.loop.running")
    page.get_by_role("button", name="Leave the game").click()
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(page.locator(".lounge")).to_be_visible(timeout=SOON)
    await_calls(page, lambda: len(fake.left) == 1)


def test_ten_seconds_without_a_network_cost_nothing(
    page: Page, fake: FakeRoom, complaints: Complaints, tmp_path: Path
) -> None:
    """A banner within 12 s; the game goes on, only the newest is posted, and all is well again by itself."""
    complaints.network = True
    playing(page, fake)
    fake.away = fake.deaf = True
    score, taken = ask(page, "status")["Score"], len(fake.posts)
    run_for(page, 10_000)
    expect(page.locator("#net")).to_be_visible(timeout=SOON)
    assert page.locator("#net").get_attribute("role") == "status"
    page.screenshot(path=tmp_path / "offline.png")
    assert ask(page, "status")["Score"] > score
    assert len(fake.posts) == taken

    fake.away = fake.deaf = False
    run_for(page, 12_000)
    expect(page.locator("#net")).to_be_hidden(timeout=SOON)
    assert fake.posts[taken]["Score"] > score
    assert len({one["Timestamp"] for one in fake.posts}) == len(fake.posts)
    assert "SOCKET" in " ".join(fake.seen[-200:])


def test_a_deaf_socket_is_noticed(page: Page, fake: FakeRoom) -> None:
    """A socket through which nothing comes any more is given up after 12 s, and another one is opened."""
    playing(page, fake)
    opened = len(fake.sockets)
    fake.deaf = True
    run_for(page, 18_000)
    assert not any("Failed" in one for one in fake.seen)
    fake.deaf = False
    run_for(page, 3000)
    assert len([one for one in fake.seen if one.startswith("SOCKET")]) > opened
    wait(page, "__aa.flow.room.socket.live")
    assert all("token=" not in one.replace("token=token", "") for one in fake.seen)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_api_is_asked_less_often(page: Page, fake: FakeRoom, complaints: Complaints, status: int) -> None:
    """Refused posts come each 1200 ms in the end, with the newest score, and each 300 again when one is taken.

    That scores do not arrive is said, though the socket is open; that they come too often is the page's own affair.
    """
    complaints.network = True
    playing(page, fake)
    fake.post_status = status
    run_for(page, 6000)
    assert gaps(page, 3) == pytest.approx([1200] * 3, abs=120)
    expect(page.locator("#net")).to_have_text(re.compile(r"error \(503\)" if status == 503 else "^$"))

    fake.post_status = 200
    run_for(page, 4000)
    expect(page.locator("#net")).to_be_hidden(timeout=SOON)
    assert gaps(page, 5) == pytest.approx([300] * 5, abs=60)
    assert fake.posts[-1]["Score"] == max(one["Score"] for one in fake.posts)


def test_the_last_post_is_repeated_until_it_is_taken(page: Page, fake: FakeRoom, complaints: Complaints) -> None:
    """A game that ends while the API fails keeps posting its end; only then may the next one begin."""
    complaints.network = True
    playing(page, fake)
    fake.post_status = 500
    lose(page)
    run_for(page, 5000)
    expect(page.get_by_text("Posting your final score")).to_be_visible(timeout=SOON)
    ends = [one for one in fake.posts if one["Lives"] == 0]
    assert len(ends) >= 3
    page.get_by_role("button", name="Play again").click()
    run_for(page, 1000)
    assert fake.seen.count("POST /alien-attack/prod/v1/allocate") == 1

    fake.post_status = 200
    run_for(page, 2000)
    expect(page.locator(".countdown")).to_be_visible(timeout=SOON)
    last = [one for one in fake.posts if one["Lives"] == 0][-1]
    assert last | {"Timestamp": ""} == ends[0] | {"Timestamp": ""}


def test_a_closed_session_ends_the_game(page: Page, fake: FakeRoom, tmp_path: Path) -> None:
    """The manager closes while somebody plays: the game ends, says why, and nothing is posted any more."""
    playing(page, fake)
    fake.close()
    expect(page.get_by_role("heading", name="Session closed")).to_be_visible(timeout=SOON)
    page.screenshot(path=tmp_path / "closed.png")
    posted = len(fake.posts)
    run_for(page, 2000)
    assert len(fake.posts) == posted
    expect(page.get_by_role("button", name="Play again")).to_have_count(0)
    page.get_by_role("button", name="To the lobby").click()
    expect(page.get_by_role("heading", name="The session is closed")).to_be_visible(timeout=SOON)


def test_nobody_posts_after_the_last_call(page: Page, fake: FakeRoom) -> None:
    """The game ends when the closing is told, while the API still says open: no post, no second game."""
    playing(page, fake)
    assert fake.session is not None
    fake.push(type="closing", sessionId=fake.session["SessionId"])
    expect(page.get_by_role("heading", name="Session closed")).to_be_visible(timeout=SOON)
    fake.post_status = 422  # the page fixture fails the test when the console says that something was refused
    posted = len(fake.posts)
    run_for(page, 4000)
    assert len(fake.posts) == posted
    expect(page.get_by_role("button", name="Play again")).to_have_count(0)
    page.clock.fast_forward(20_000)  # it was not closed after all: the room goes on
    page.get_by_role("button", name="To the lobby").click()
    expect(page.get_by_role("button", name="Join")).to_be_visible(timeout=SOON)


def test_refused_posts_make_the_page_look_again(page: Page, fake: FakeRoom, complaints: Complaints) -> None:
    """A 422 that no push explained: the session is asked for, and a closed one ends the game."""
    complaints.network = True
    playing(page, fake)
    assert fake.session is not None
    fake.session = {**fake.session, "ClosingTime": "2026-11-21T12:30:00.000Z"}
    fake.post_status = 422
    run_for(page, 2000)
    expect(page.get_by_role("heading", name="Session closed")).to_be_visible(timeout=SOON)


def test_who_slept_through_the_next_opening_takes_no_seat_there(
    page: Page, fake: FakeRoom, complaints: Complaints
) -> None:
    """A page that still believes in its session asks for a seat in that one, and ends the game once it hears better."""
    complaints.network = True
    playing(page, fake)
    assert fake.session is not None
    fake.session = {**fake.session, "SessionId": "NEXT261121T130000"}
    taken = len(fake.seats)
    fake.post_status = 422
    run_for(page, 2000)
    expect(page.get_by_role("heading", name="Session closed")).to_be_visible(timeout=SOON)
    assert len(fake.seats) == taken == 1


def test_the_deadline_ends_the_game_here(page: Page, fake: FakeRoom, tmp_path: Path) -> None:
    """In a timed session the game ends at the deadline by itself, with its lives, and its last score is posted."""
    fake.has_time = False
    page.clock.install()
    enter(page, query="test&bot=1")
    deadline = page.evaluate("Date.now()") + 8000
    fake.open(GameType="TIME_CONSTRAINED", TimeoutInMinutes=5, Deadline=deadline)
    join(page)
    run_for(page, 4000)
    assert page.locator("[data-hud=left]").inner_text().startswith("0:0")
    run_for(page, 5000)
    expect(page.get_by_role("heading", name="Time is up")).to_be_visible(timeout=SOON)
    page.screenshot(path=tmp_path / "deadline.png")
    expect(page.get_by_text("Your final score is on the board")).to_be_visible(timeout=SOON)
    assert fake.posts[-1]["Score"] == ask(page, "status")["Score"]
    assert fake.posts[-1]["Lives"] > 0


def test_a_hidden_page_pauses(page: Page, fake: FakeRoom) -> None:
    """A tab in the background does not lose lives; coming back, the player says when it goes on."""
    play(page, fake)
    wait(page, "__aa.startedAt !== null")
    page.evaluate(
        """Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
        document.dispatchEvent(new Event('visibilitychange'));"""
    )
    expect(page.get_by_text("The session's clock runs on")).to_be_visible(timeout=SOON)
    assert page.evaluate("__aa.flow.run.value.match.loop.running") is False


def test_signing_out_leaves_nothing_running(page: Page, fake: FakeRoom) -> None:
    """After signing out no seat is kept, nothing is asked any more, and the tab remembers nobody."""
    fake.open()
    traffic = Traffic(page)
    enter(page)
    expect(page.get_by_role("button", name="Join")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Get a nickname")).to_be_visible()
    page.clock.install()
    traffic.settle()  # what was asked for before
    asked = len(fake.seen)
    page.clock.run_for(30_000)
    assert len(fake.seen) == asked
    assert page.evaluate("sessionStorage.length") == 0
    assert fake.sockets == []
    assert page.url.split("?")[0].endswith(GAME)
