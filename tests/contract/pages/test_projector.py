"""The projector's board: opened by a code, everybody at a glance, from the lobby to the podium, all by itself."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from cloud.wait import until
from tests.browser import BOARD, SOON, Complaints, shown
from tests.contract.pages.accessible import faults
from tests.contract.pages.fake import open_session, row
from tests.contract.pages.game.ways import note_texts, stand_still, wait
from tests.contract.pages.room import CODE, Room, crowd
from tests.machine import slack

pytestmark = pytest.mark.browser

WALL = f"{BOARD}?session=TEST261121T120000&code={CODE}"
FULL_HD: ViewportSize = {"width": 1920, "height": 1080}
HD: ViewportSize = {"width": 1280, "height": 720}
MARKUP = "<img src=x onerror=\"document.title='owned'\">"
LAYOUT = """async (cases) => {
  const { arrange } = await import('/alien-attack/board/layout.js');
  return cases.map((one) => arrange(one));
}"""
NOTED = """Object.assign(globalThis, { asked: 0, read: 0, heard: 0 });
const [ask, json, parse] = [fetch, Response.prototype.json, JSON.parse];
const isBoard = (url) => String(url).includes('/v1/board');
globalThis.fetch = (url, ...more) => { asked += isBoard(url); return ask(url, ...more); };
Response.prototype.json = function () { return json.call(this).finally(() => { read += isBoard(this.url); }); };
JSON.parse = (text, ...more) => { const told = parse(text, ...more); heard += told?.type === 'board'; return told; };"""
ANIMATED = """() => {
  globalThis.lasted = [];
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (frames, options) {
    lasted.push(options.duration);
    return animate.call(this, frames, options);
  };
}"""
WRITTEN = """() => {
  globalThis.written = new Set();
  const row = (node) => (node.closest ? node : node.parentElement).closest('[data-rank]');
  const note = (changes) => changes.forEach(({ target }) => written.add(Number(row(target).dataset.rank)));
  const all = { subtree: true, childList: true, characterData: true };
  for (const id of ['leaders', 'field']) new MutationObserver(note).observe(document.getElementById(id), all);
}"""
FITS = """async () => {
  await document.fonts.ready;
  const box = (node) => node.getBoundingClientRect();
  const rows = [...document.querySelectorAll('#leaders tr, #field li')].map(box).filter((one) => one.height);
  return {
    scroll: document.documentElement.scrollHeight <= innerHeight,
    inside: rows.every((one) => one.bottom <= innerHeight + 0.5 && one.right <= innerWidth),
    leader: parseFloat(getComputedStyle(document.querySelector('#leaders .nickname')).fontSize),
    other: parseFloat(getComputedStyle(document.querySelector('#field .nickname')).fontSize),
    height: box(document.querySelector('#field li')).height,
    columns: new Set([...document.querySelectorAll('#field li')].map((node) => box(node).left)).size,
  };
}"""


@pytest.fixture
def fake() -> Room:
    """A room with its board."""
    return Room()


@pytest.fixture
def running(fake: Room) -> Room:
    """A session that was started a minute ago and has four to go."""
    now = fake.now()
    times = {"StartAt": now - 60_000, "Deadline": now + 240_000, "SynchronizeTime": "2026-11-21T12:00:00.000Z"}
    fake.session = open_session(GameType="TIME_CONSTRAINED", TimeoutInMinutes=5, Synchronized=True, **times)
    fake.rows = crowd(200)
    return fake


def test_two_hundred_gamers_are_on_one_wall(page: Page, running: Room, tmp_path: Path) -> None:
    """1920x1080: all in the API's order without scrolling; the ten best from 34 px, the others from 16.5 px, in five
    columns; who is out is marked by a cross; the top says how many play and how long it lasts."""
    page.set_viewport_size(FULL_HD)
    page.goto(WALL)
    expect(page.locator("#field li")).to_have_count(190, timeout=SOON)
    fits: dict[str, Any] = page.evaluate(FITS)

    assert (fits["scroll"], fits["inside"], fits["columns"]) == (True, True, 5)
    assert fits["leader"] >= 34
    assert fits["other"] >= 16.5
    assert fits["height"] >= 24.6
    names = page.locator("#leaders .nickname, #field .nickname").all_text_contents()
    assert names == [one["Nickname"] for one in running.rows]
    assert page.locator("#field li.finished").count() == sum(one["Lives"] == 0 for one in running.rows[10:])
    cross = "node => getComputedStyle(node, '::before').content + getComputedStyle(node).display"
    assert page.locator("#field .finished .out").first.evaluate(cross).startswith('"×"')
    assert not page.locator("#field .finished .out").first.evaluate(cross).endswith("none")
    expect(page.locator("#figures .count dd")).to_have_text(["200", "160", "40"])
    assert page.locator("#figures .clock dd").inner_text().startswith(("3:", "4:00"))
    assert faults(page) == []
    page.screenshot(path=tmp_path / "wall-1080.png")
    assert not any("session" in one or "manager" in one for one in running.seen)


def turn_a_page(page: Page) -> None:
    """A turn of the page's clock. In steps, each after the answers of the one before: news that are late on a busy
    machine would put a banner above the board, and there would be less room for it."""
    for _ in range(9):
        page.clock.run_for(950)  # drawn anew four times a second
        expect(page.locator("#banner")).to_be_hidden(timeout=SOON)


def test_on_a_small_projector_pages_take_turns(page: Page, running: Room, tmp_path: Path) -> None:
    """1280x720 has no room for all at a size that can be read: the ten best stay, the others are shown in pages of
    eight seconds, and come round again."""
    page.set_viewport_size(HD)
    page.clock.install()
    page.goto(WALL)
    expect(page.locator("#pages")).to_contain_text("11 to ", timeout=SOON)
    fits: dict[str, Any] = page.evaluate(FITS)
    assert (fits["scroll"], fits["inside"]) == (True, True)
    assert fits["other"] >= 16.5
    page.screenshot(path=tmp_path / "wall-720.png")

    seen = []
    for _ in range(4):
        seen.append(page.locator("#pages").inner_text())
        turn_a_page(page)
    assert len(set(seen)) == 3
    assert seen[0].startswith("11 to")
    assert seen[2].endswith("200 of 200")
    assert seen[3] == seen[0]
    assert page.locator("#leaders tr").count() == 10


def test_few_gamers_get_wide_columns_and_the_spotlight_large_rows(page: Page) -> None:
    """Up to 60 gamers three columns; 200 five; the spotlight 40 rows of 28 px for the far seats; 1,000 gamers pages."""
    page.goto("/")
    room = {"width": 1133, "height": 950, "screen": 1080}
    sixty, crowded, spotlight, thousand = page.evaluate(
        LAYOUT,
        [
            {**room, "others": 50},
            {**room, "others": 190},
            {**room, "others": 190, "spotlight": True},
            {**room, "others": 990},
        ],
    )

    assert (sixty["columns"], sixty["pages"]) == (3, 1)
    assert (crowded["columns"], crowded["rows"], crowded["pages"]) == (5, 38, 1)
    assert (spotlight["perPage"], spotlight["font"], spotlight["pages"]) == (40, 28, 5)
    assert (thousand["columns"], thousand["pages"]) == (5, 6)
    assert sixty["font"] > crowded["font"] >= 16.5


def test_the_phase_follows_from_the_session_and_the_servers_time(page: Page) -> None:
    """Each picture of the board has one condition; a session without a common start has neither lobby nor countdown."""
    page.goto("/")
    together: dict[str, Any] = {"Synchronized": True, "OpeningTime": "2026-11-21T12:00:00.000Z"}
    alone: dict[str, Any] = {"OpeningTime": "2026-11-21T12:00:00.000Z"}
    cases = [
        ({"session": None, "rows": None}, "none"),
        ({"session": None, "rows": None, "refused": True}, "refused"),
        ({"session": together, "rows": []}, "lobby"),
        ({"session": {**together, "StartAt": 1001}, "rows": []}, "countdown"),
        ({"session": {**together, "StartAt": 1000}, "rows": [1]}, "playing"),
        ({"session": {**together, "SynchronizeTime": "x"}, "rows": [1]}, "playing"),
        ({"session": alone, "rows": None}, "looking"),
        ({"session": alone, "rows": []}, "empty"),
        ({"session": {**alone, "ClosingTime": "x"}, "rows": [1]}, "closed"),
        ({"session": {**alone, "ClosingTime": "x"}, "rows": []}, "over"),
    ]
    script = """async states => {
      const { phase, stopwatch } = await import('/alien-attack/board/phase.js');
      return [states.map(state => phase(state, 1000)), [0, 59_999, 754_000, 3_600_000].map(ms => stopwatch(ms))];
    }"""

    phases, clocks = page.evaluate(script, [state for state, _ in cases])
    assert phases == [expected for _, expected in cases]
    assert clocks == ["0:00", "0:59", "12:34", "1:00:00"]


def test_the_board_asks_twice_a_second_while_somebody_plays(page: Page, running: Room) -> None:
    """So that scores are a second old at most on a wall that nobody tells, once a second while all wait."""
    running.live = ""
    page.clock.install()
    page.add_init_script(NOTED)
    page.goto(WALL)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    stand_still(page)

    assert asked(page, 500, times=10) == 10
    running.session = open_session(GameType="SINGLE_TRIAL", Synchronized=True)
    assert asked(page, 500) == 1
    assert asked(page, 1000, times=5) == 5
    assert set(running.seen) == {"GET /alien-attack/prod/v1/board"}


def asked(page: Page, every: int, times: int = 1) -> int:
    """How often the board is asked for while so many times so many ms of the page's own time pass."""
    before = page.evaluate("asked")
    for _ in range(times):
        page.clock.run_for(every)
        wait(page, "read === asked")
    return int(page.evaluate("asked")) - int(before)


def test_the_board_asks_when_it_is_told_that_scores_have_changed(page: Page, running: Room) -> None:
    """A quarter of a second after it asked last, however often it is told; of its own session only, by its own code.

    What it is told is a reason to ask and no board, so nothing old can follow something new. It listens to the end.
    """
    assert running.session
    mine = running.session["SessionId"]
    page.add_init_script(NOTED)
    page.clock.install()
    page.goto(WALL)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    until(lambda: page.evaluate("true") and running.sockets, SOON / 1000, what="the socket")
    assert parse_qs(urlsplit(running.sockets[0].url).query) == {"board": [mine], "token": [CODE]}
    stand_still(page)
    asked(page, 40, times=25)  # the question after opening is behind it, and no look took long
    until(lambda: asked(page, 20), SOON / 1000, what="a question", interval=0)

    assert told(page, running, "ANOTHER261121T120000") == 0
    assert asked(page, 250) == 1
    assert [told(page, running, mine) for _ in range(3)] == [1, 1, 1]
    running.session = {**running.session, "ClosingTime": "2026-11-21T12:30:00.000Z"}
    assert told(page, running, mine) == 1
    until(lambda: page.evaluate("true") and not running.sockets, SOON / 1000, what="the socket's end")


def told(page: Page, room: Room, session_id: str) -> int:
    """How often the board is asked for in a quarter of a second, told three times at once that it has changed."""
    heard = page.evaluate("heard")
    for _ in range(3):
        room.tell(session_id)
    wait(page, f"heard === {heard + 3}")
    return asked(page, 250)


def test_gamers_glide_to_their_new_places(page: Page, running: Room) -> None:
    """Rows that moved are animated for at most 400 ms and say how many places were won; not with reduced motion."""
    page.goto(WALL)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    page.evaluate(ANIMATED)
    swap(page, running, 1, 4)

    lasted = page.evaluate("lasted")
    assert len(lasted) == 2
    assert max(lasted) <= 400
    assert page.locator("#leaders tr").nth(1).locator(".moved.up").inner_text() == "3"
    assert page.locator("#leaders tr").nth(4).locator(".moved.down").inner_text() == "3"

    page.emulate_media(reduced_motion="reduce")
    swap(page, running, 1, 4)
    assert len(page.evaluate("lasted")) == 2


def test_a_crowd_does_not_glide(page: Page, running: Room) -> None:
    """Where two of the ten best and all others change places, nobody is animated: a layer each would cost too much."""
    page.set_viewport_size(FULL_HD)
    page.goto(WALL)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    page.evaluate(ANIMATED)
    running.rows = [*running.rows[:8], running.rows[9], running.rows[8], *running.rows[:9:-1]]

    expect(page.locator("#field .nickname").first).to_have_text(running.rows[10]["Nickname"], timeout=SOON)
    expect(page.locator("#leaders .nickname").last).to_have_text(running.rows[9]["Nickname"])
    assert page.evaluate("lasted") == []


def test_what_has_not_changed_is_not_touched(page: Page, running: Room) -> None:
    """One gamer's shots are one text of the page; two who change places write their rows and nobody else's."""
    page.set_viewport_size(FULL_HD)
    page.goto(WALL)
    expect(page.locator("#field li")).to_have_count(190, timeout=SOON)
    page.evaluate(WRITTEN)

    running.rows = [{**one, "Shots": 999} if index == 2 else one for index, one in enumerate(running.rows)]
    expect(page.locator("#leaders tr").nth(2)).to_contain_text("999", timeout=SOON)
    assert page.evaluate("[...written]") == [3]
    swap(page, running, 20, 150)
    assert sorted(page.evaluate("[...written]")) == [3, 21, 151]


def swap(page: Page, room: Room, first: int, second: int) -> None:
    """Two gamers change places; returns when the page has drawn it."""
    rows = [*room.rows]
    rows[first], rows[second] = rows[second], rows[first]
    room.rows = rows
    names = page.locator("#leaders .nickname, #field .nickname")
    expect(names.nth(first)).to_have_text(rows[first]["Nickname"], timeout=SOON)


def test_drawing_two_hundred_rows_is_quick(page: Page) -> None:
    """A board of 200 in another order is drawn in under 100 ms, by the median of five; a busy machine has longer."""
    page.goto(WALL)
    script = """async rows => {
      const { Rows } = await import('/alien-attack/board/rows.js');
      const list = document.getElementById('field');
      document.getElementById('board').hidden = document.getElementById('scores').hidden = false;
      list.parentElement.hidden = false;
      const view = new Rows(list, 'li');
      const ranked = () => rows.map((row, index) => ({ ...row, rank: index + 1 }));
      view.show(ranked());
      const took = [];
      for (let turn = 0; turn < 5; turn += 1) {
        rows.push(...rows.splice(0, 40));
        const began = performance.now();
        view.show(ranked());
        list.getBoundingClientRect();
        took.push(performance.now() - began);
      }
      return took.sort((a, b) => a - b)[2];
    }"""

    before = slack()
    assert page.evaluate(script, crowd(200)) < 100 * max(before, slack())


def test_the_lobby_shows_the_way_in_and_who_is_here(page: Page, fake: Room, tmp_path: Path) -> None:
    """Before START: the join address with its QR code, seats and names as they come; START counts down on the wall."""
    page.set_viewport_size(FULL_HD)
    fake.session = open_session(GameType="SINGLE_TRIAL", Synchronized=True)
    page.goto(WALL)
    expect(page.get_by_role("heading", name="Get ready")).to_be_visible(timeout=SOON)
    expect(page.locator("#lobby-seats")).to_have_text("0 of 200 seats taken")
    expect(page.locator("#join-address")).to_contain_text("/alien-attack")
    expect(page.locator("#join-code")).not_to_have_js_property("naturalWidth", 0)
    fake.rows = [row(name, 0, shots=0) for name in ("ada", MARKUP, "a\u202eb")]
    expect(page.locator("#lobby-names li")).to_have_text(["ada", MARKUP, "a\u202eb"], timeout=SOON)
    assert page.locator("#lobby-names img").count() == 0
    assert faults(page) == []
    page.screenshot(path=tmp_path / "lobby.png")

    note_texts(page, "#countdown")
    fake.session = {**fake.session, "StartAt": fake.now() + 6_000}
    wait(page, "texts.some((text) => /^[1-3]$/.test(text))")
    expect(page.locator("#countdown")).to_be_hidden(timeout=SOON)
    expect(page.locator("#leaders tr")).to_have_count(3)
    assert "owned" not in page.title()


def test_the_countdown_goes_by_the_servers_clock(page: Page, fake: Room) -> None:
    """A projector whose own clock is an hour slow counts the same seconds."""
    fake.ahead = 3_600_000
    fake.session = open_session(GameType="SINGLE_TRIAL", Synchronized=True, StartAt=fake.now() + 30_000)
    page.goto(WALL)

    expect(page.locator("#countdown")).to_be_visible(timeout=SOON)
    assert 1 <= int(page.locator("#countdown").inner_text()) <= 30


def test_closing_puts_the_best_on_the_podium(page: Page, running: Room, tmp_path: Path) -> None:
    """The three best on steps that differ in number, height and pattern; the rest of the board stays."""
    page.set_viewport_size(FULL_HD)
    running.rows[0]["Nickname"] = MARKUP
    page.goto(WALL)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    assert running.session
    running.session = {**running.session, "ClosingTime": "2026-11-21T12:30:00.000Z"}

    steps = page.locator("#podium .step")
    expect(steps).to_have_count(3, timeout=SOON)
    expect(steps.locator(".nickname")).to_have_text([MARKUP, "grace", "Ωmega"])
    assert page.locator("#podium img").count() == 0
    look = "nodes => nodes.map(node => [node.offsetHeight, getComputedStyle(node).backgroundImage.split('(')[0]])"
    looks = page.locator("#podium .block").evaluate_all(look)
    assert len({height for height, _ in looks}) == len({pattern for _, pattern in looks}) == 3
    assert page.locator("#leaders tr:visible").count() == 7
    expect(page.locator("#session-state")).to_have_text("Closed")
    assert page.evaluate(FITS)["scroll"]
    assert faults(page) == []
    page.screenshot(path=tmp_path / "podium.png")


def test_a_wrong_code_opens_nothing(page: Page, running: Room, complaints: Complaints) -> None:
    """403: the page says so, shows no session and no names, and offers no form."""
    complaints.network = True
    page.goto(WALL.replace(CODE, "AAAAAAAA"))

    expect(page.get_by_role("heading", name="This address opens no board")).to_be_visible(timeout=SOON)
    expect(page.locator("#session-name")).to_have_text("")
    assert page.locator("#leaders tr, #signin:visible").count() == 0
    assert running.session


def test_a_board_that_hears_nothing_says_how_old_it_is(
    page: Page, running: Room, complaints: Complaints, tmp_path: Path
) -> None:
    """The banner says what is wrong and since when, the last scores stay, and all comes back without a reload."""
    complaints.network = True
    page.clock.install()
    page.goto(WALL)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    running.away = True
    for _ in range(15):
        page.clock.run_for(1_000)
    expect(page.get_by_role("status").first).to_contain_text("What you see is 10 s old", timeout=SOON)
    expect(page.locator("#leaders tr")).to_have_count(10)
    expect(page.locator("#link")).to_have_text("Not live")
    page.screenshot(path=tmp_path / "stale.png")

    running.away = False
    page.clock.run_for(12_000)
    expect(page.locator("#banner")).to_be_hidden(timeout=SOON)


def test_the_board_follows_the_manager_to_the_next_session(page: Page, running: Room) -> None:
    """In the same browser the manager's page tells which session is next; its code comes with it."""
    page.goto(WALL)
    expect(page.locator("#leaders tr")).to_have_count(10, timeout=SOON)
    assert running.session
    running.history.append({**running.session, "BoardCode": running.code})  # its board can still be asked for
    running.session, running.code = open_session(SessionId="NEXT261121T124000"), "NEXTCODE"
    other = page.context.new_page()
    other.goto("/")
    told = "new BroadcastChannel('fogbank.board').postMessage({ session: 'NEXT261121T124000', code: 'NEXTCODE' })"
    other.evaluate(told)

    expect(page.locator("#session-name")).to_have_text("NEXT261121T124000", timeout=SOON)


def test_spotlight_is_a_key_away(page: Page, running: Room, tmp_path: Path) -> None:
    """S, or its button, shows forty rows at a time in large letters, and back."""
    page.set_viewport_size(FULL_HD)
    page.goto(WALL)
    expect(page.locator("#field li")).to_have_count(190, timeout=SOON)
    page.keyboard.press("s")
    expect(page.locator("#field li")).to_have_count(40)
    expect(page.locator("#pages")).to_have_text("11 to 50 of 200")
    assert page.evaluate(FITS)["other"] == 28
    assert page.evaluate(FITS)["inside"]
    page.screenshot(path=tmp_path / "spotlight.png")

    page.get_by_role("button", name="Spotlight").click()
    expect(page.locator("#field li")).to_have_count(190)
    assert shown(page)[0][1] == running.rows[0]["Nickname"]
