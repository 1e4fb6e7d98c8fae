"""The game's core and the modules around it: pure, so they are tried by calling them in a page."""

import json
import shutil
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.golden.node import HASHES, SCRIPT, replay

pytestmark = pytest.mark.browser
GOLDEN = json.loads(HASHES.read_text())


def call(page: Page, module: str, body: str, argument: Any = None) -> Any:
    """The body's value, with the module's exports as it and the argument as given."""
    if page.url == "about:blank":
        page.goto("/error.html")
    return page.evaluate(f"async (given) => {{ const it = await import('{module}'); {body} }}", argument)


def game(page: Page, body: str, argument: Any = None) -> Any:
    """The same for the game's core."""
    return call(page, "/alien-attack/core/game.js", body, argument)


def test_the_same_seed_gives_the_same_game_in_a_browser(page: Page) -> None:
    """An autopilot's games have the hashes of tests/golden/game.json at each of six moments of a minute."""
    page.goto("/error.html")
    text = SCRIPT.read_text().replace("export async function", "return async function")
    script = f"plan => (() => {{ {text} }})()('/alien-attack/core/game.js', plan)"

    assert page.evaluate(script, GOLDEN["plan"]) == GOLDEN["hashes"]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_same_seed_gives_the_same_game_outside_of_a_browser() -> None:
    """Node.js comes to the same hashes: nothing of the core depends on where it runs."""
    assert replay(SCRIPT, GOLDEN["plan"]) == GOLDEN["hashes"]


def test_a_seed_is_another_game(page: Page) -> None:
    """Golden hashes of different seeds differ, and so do those of one game's moments."""
    hashes = [one for game in GOLDEN["hashes"].values() for one in game]

    assert len(hashes) == len(set(hashes)) == 18


def test_a_level_that_is_cleared_pays_by_its_number(page: Page) -> None:
    """Fifty aliens at 5 points, then 50 times the level; the next level is there after an intro of 1.5 s."""
    played = game(
        page,
        """const state = it.create(7);
        while (state.level === 1) it.step(state, { ...it.bot(state), fire: true });
        const { score, kills, phase, wait } = state;
        let waited = 0;
        while (state.phase === 'intro') { it.step(state); waited += 1; }
        return { score, kills, phase, waited, left: state.fleet.left, lives: state.lives };""",
    )

    assert played == {"score": 300, "kills": 50, "phase": "intro", "waited": 90, "left": 50, "lives": played["lives"]}


def test_two_shots_a_second_at_most(page: Page) -> None:
    """Fire that is held fires at once and then every half second; each shot counts when it is fired."""
    shots = "const s = it.create(1); for (let n = 0; n < given; n++) it.step(s, { fire: true, x: 20 }); return s.shots;"

    assert [game(page, shots, ticks) for ticks in (1, 30, 31, 60, 61)] == [1, 1, 2, 2, 3]


def test_a_bomb_costs_a_life_and_then_nothing_for_a_while(page: Page) -> None:
    """A hit takes one life; for 1.5 s the ship cannot be hit again; the third hit ends the game with no life left."""
    played = game(
        page,
        """const state = it.create(3), seen = [];
        const bomb = () => { state.bombs = [{ x: state.ship.x, y: 555 }]; it.step(state); seen.push(state.lives); };
        bomb(); bomb();
        for (let round = 0; round < 2; round += 1) {
          state.bombs = []; state.ship.safe = 0;
          bomb();
        }
        return [seen, state.phase, state.events.map(one => one.type)];""",
    )

    assert played == [[2, 2, 1, 0], "over", ["hit", "over"]]


def test_what_falls_past_the_ship_is_gone(page: Page) -> None:
    """A bomb that leaves the field is forgotten, and so is a shot."""
    left = game(
        page,
        """const state = it.create(3);
        Object.assign(state, { bombs: [{ x: 5, y: 599 }], flying: [{ x: 2, y: -19 }] });
        it.step(state);
        return [state.bombs.filter(one => one.x === 5).length, state.flying.length];""",
    )

    assert left == [0, 0]


def test_aliens_on_the_ground_end_the_game(page: Page) -> None:
    """Whatever lives are left, the game is over when the fleet has landed."""
    ended = game(
        page, "const s = it.create(1); s.fleet.y = 430; it.step(s); return [s.lives, s.phase, s.events[0].type];"
    )

    assert ended == [0, "over", "landed"]


def test_the_fleet_is_faster_the_fewer_are_left(page: Page) -> None:
    """The last alien marches more than three times as fast as the full fleet, and a later level a fifth faster each."""
    speeds = call(
        page,
        "/alien-attack/core/march.js",
        """const at = (left, level) => it.marchSpeed({ level, fleet: { left } });
        return [at(50, 1), at(1, 1), at(50, 2), at(50, 25), at(50, 90)];""",
    )

    assert speeds[1] > 3 * speeds[0]
    assert speeds[2] == pytest.approx(1.2 * speeds[0])
    assert speeds[3] == speeds[4]


def test_all_ways_to_steer_are_equally_fast(page: Page) -> None:
    """A finger far away moves the ship as fast as a held key, and the ship stays in the field."""
    places = game(
        page,
        """const after = (input, ticks) => {
          const state = it.create(1);
          for (let tick = 0; tick < ticks; tick += 1) it.step(state, { left: false, right: false, x: null, ...input });
          return state.ship.x;
        };
        const ways = [[{ right: true }, 10], [{ x: 470 }, 10], [{ x: 245 }, 10], [{ left: true }, 500]];
        return ways.map(way => after(...way));""",
    )

    assert places[0] == places[1] == 280
    assert places[2] == 245
    assert places[3] == 27


ROWS = [["ada", 198, 2, 38], ["linus", 198, 2, 48], ["grace", 198, 3, 60], ["barbara", 200, 0, 99], ["ken", 198, 2, 38]]


def test_rows_are_ordered_as_the_server_orders_them(page: Page) -> None:
    """Score and lives descending, shots and nickname ascending, nicknames by code points."""
    names = call(
        page,
        "/lib/rank.js",
        """return given.map(([Nickname, Score, Lives, Shots]) => ({ Nickname, Score, Lives, Shots }))
        .sort(it.compare).map(row => row.Nickname);""",
        [*ROWS, ["\U0001f47e", 1, 1, 1], ["\uff5e", 1, 1, 1], ["a", 1, 1, 1], ["ab", 1, 1, 1]],
    )

    assert names == ["barbara", "grace", "ada", "ken", "linus", "a", "ab", "\uff5e", "\U0001f47e"]


def test_the_own_row_is_ahead_of_the_server(page: Page) -> None:
    """The own row shows the game's own score, pending until the server knows it; moves are the server's."""
    rows = call(
        page,
        "/alien-attack/room/top.js",
        """const own = { Nickname: 'ada', Score: 70, Lives: 3, Shots: 20, Level: 1 };
        const server = it.fromPush(given);
        const before = new Map([['ada', 1], ['grace', 2], ['ken', 3]]);
        const short = rows => rows.map(row => [row.Nickname, row.rank, row.own, row.pending, row.move]);
        const others = short(it.overlaid(server, null));
        return [short(it.overlaid(server, own, before)), short(it.overlaid([{ ...own }], own)), others[0]];""",
        [["grace", 60, 3, 9, 1, False], ["ada", 50, 3, 15, 1, False], ["ken", 10, 0, 3, 1, True]],
    )

    assert rows[0] == [["ada", 1, True, True, -1], ["grace", 2, False, False, 1], ["ken", 3, False, False, 0]]
    assert rows[1] == [["ada", 1, True, False, 0]]
    assert rows[2] == ["grace", 1, False, False, 0]


def test_the_fastest_answer_sets_the_clock(page: Page) -> None:
    """The offset is that of the sample with the shortest way; what makes no sense is left out."""
    offsets = call(
        page,
        "/lib/clock.js",
        """const clock = new it.ServerClock(() => 1000), seen = [clock.offset];
        for (const [sent, received, server] of given) {
          clock.add({ sent, received, server });
          seen.push(clock.offset);
        }
        return [...seen, clock.now()];""",
        [[0, 100, 5000], [200, 210, 5305], [300, 500, 9000], [500, 400, 0], [600, None, 7000]],
    )

    assert offsets == [0, 4950, 5100, 5100, 5100, 5100, 6100]


def test_the_screen_is_kept_on_while_somebody_looks_at_it(page: Page) -> None:
    """One lock from the wish to its end, asked for anew when the tab is looked at again; a refusal is no error."""
    held = call(
        page,
        "/lib/awake.js",
        """let hidden = false, refuse = false, asked = 0;
        const held = new Set(), seen = [];
        Object.defineProperty(document, 'hidden', { get: () => hidden });
        Object.defineProperty(navigator, 'wakeLock', { value: { async request() {
          asked += 1;
          if (refuse) throw new DOMException('low battery', 'NotAllowedError');
          const lock = new EventTarget();
          lock.release = async () => { held.delete(lock); lock.dispatchEvent(new Event('release')); };
          held.add(lock);
          return lock;
        } } });
        const turn = (now) => {
          hidden = now;
          if (hidden) held.forEach((lock) => lock.release());
          document.dispatchEvent(new Event('visibilitychange'));
        };
        const note = async (work) => {
          work();
          await new Promise((done) => setTimeout(done));
          seen.push([held.size, asked]);
        };
        const awake = new it.Awake();
        await note(() => turn(false));
        await note(() => { awake.set(true); awake.set(true); });
        await note(() => turn(true));
        await note(() => turn(false));
        await note(() => awake.set(false));
        await note(() => { refuse = true; awake.set(true); });
        await note(() => { refuse = false; turn(false); });
        await note(() => { awake.set(false); awake.set(true); awake.set(false); });
        return seen;""",
    )

    assert held == [[0, 0], [1, 1], [0, 1], [1, 2], [0, 2], [0, 3], [1, 4], [0, 5]]


@pytest.mark.parametrize(
    ("told", "api", "reached"),
    [
        ("ws://localhost:8000/live/x", "http://localhost:8000/a/prod", "ws://localhost:8000/live/x"),
        ("ws://localhost:8000/live/x", "http://192.168.7.20:8100/a/prod", "ws://192.168.7.20:8100/live/x"),
        ("ws://localhost:8000/live/x", "https://fog.example/a/prod", "wss://fog.example/live/x"),
        ("ws://gateway:8000/live/x", "http://localhost:8100/a/prod", "ws://localhost:8100/live/x"),
        ("wss://x.amazonaws.com/production", "https://y/prod", "wss://x.amazonaws.com/production"),
    ],
)
def test_phones_reach_the_socket_where_they_reach_the_api(page: Page, told: str, api: str, reached: str) -> None:
    """A local stack's socket, whatever host the lab was told, is where this page found the lab's API."""
    assert call(page, "/lib/socket.js", "return it.reachable(...given).href;", [told, api]) == reached


def test_a_session_without_new_fields_is_understood(page: Page) -> None:
    """Start, deadline and seed are worked out where the session does not tell them."""
    told = call(
        page,
        "/alien-attack/room/session.js",
        """const open = { SessionId: 'S', OpeningTime: '2026-11-21T12:00:00.000Z' };
        const timed = { ...open, GameType: 'TIME_CONSTRAINED', TimeoutInMinutes: 2 };
        const at = '2026-11-21T12:05:00.000Z';
        return [
          it.deadlineOf(timed) - Date.parse(open.OpeningTime),
          it.deadlineOf({ ...timed, Synchronized: true }),
          it.deadlineOf({ ...timed, Synchronized: true, SynchronizeTime: at }) - Date.parse(at),
          it.waitsForStart({ ...open, Synchronized: true }), it.waitsForStart(open),
          it.seedOf(open, 1) === it.seedOf({ ...open }, 2), it.seedOf({ ...open, Seed: 9 }, 3),
          it.isOpen(null), it.isOpen({ ...open, ClosingTime: at }),
        ];""",
    )

    assert told == [120_000, None, 120_000, True, False, True, 9, False, False]


PUBLISHER = """
    const asked = [];
    const post = (status) => new Promise((take, refuse) => { asked.push({ status, take, refuse }); });
    const turn = () => new Promise((resolve) => { setTimeout(resolve); });
    let left = 3;
    const on = { taken() {}, refused() {} };
    const publisher = new it.Publisher({ read: () => ({ left }), post, on, random: () => 0 });
    publisher.start();
    while (asked.length === 0) await turn();
    left = 0;
    let ended = null;
    publisher.finish().then((taken) => { ended = taken; });
"""


def test_the_last_post_is_repeated_where_an_earlier_one_may_have_come_after_it(page: Page) -> None:
    """Two posts without an answer may arrive in any order, and what arrives last stands on the board."""
    seen = call(
        page,
        "/alien-attack/room/publish.js",
        PUBLISHER
        + """
        asked[1].take();
        await turn();
        const early = { ended, asked: asked.length };
        asked[0].take();
        await turn();
        asked[2].take();
        await turn();
        return { early, ended, asked: asked.map(({ status }) => status.left) };""",
    )

    assert seen == {"early": {"ended": None, "asked": 2}, "ended": True, "asked": [3, 0, 0]}


def test_the_last_post_is_not_repeated_where_nothing_else_was_on_its_way(page: Page) -> None:
    """Nor where a session that has closed refuses the repetition: it was taken."""
    seen = call(
        page,
        "/alien-attack/room/publish.js",
        PUBLISHER
        + """
        const { ApiError } = await import('/lib/api.js');
        asked[0].take();
        asked[1].take();
        await turn();
        asked[2].refuse(new ApiError(422));
        await turn();
        const alone = new it.Publisher({ read: () => ({ left }), post, on });
        const taken = alone.finish();
        asked[3].take();
        return { ended, alone: await taken, asked: asked.length };""",
    )

    assert seen == {"ended": True, "alone": True, "asked": 4}
