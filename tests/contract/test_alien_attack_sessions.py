"""Sessions and seats over time, against a real emulator. Time is passed in: half a minute of it takes no time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest

from cloud.clients import client
from labs.alien_attack import aws, board, clock, gate, leases, register, seats
from labs.alien_attack.handlers import (
    allocate,
    close_session,
    heartbeat,
    open_session,
    read_board,
    read_seats,
    read_sessions,
    scoreboard,
    start_session,
    tick,
)
from labs.alien_attack.session import milliseconds, public, timestamp
from tests.unit.labs.records import body, record

from .alien_attack_lab import batch, call, cleaned, closed, deployed, finished, opened, scores, seated

pytestmark = pytest.mark.emulator

PERIOD = 3  # seconds between two ticks


@pytest.fixture(scope="module")
def api_id(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The lab in an emulator, and the id of the API."""
    with deployed(tmp_path_factory.mktemp("alien-attack")) as api_id:
        yield api_id


@pytest.fixture(autouse=True)
def clean(api_id: str) -> Iterator[None]:
    """Every test begins with no session."""
    with cleaned():
        yield


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Now, and sessions are opened and seats taken at that very moment: on a busy machine the calls take seconds."""
    moment = datetime.now(UTC)
    for module in (open_session, allocate):
        monkeypatch.setattr(module, "datetime", standing_still(moment))
    return moment


def standing_still(moment: datetime) -> type[datetime]:
    """A clock that shows this moment."""

    class Still(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Still":
            return cls.fromtimestamp(moment.timestamp(), tz)

    return Still


def let_pass(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """From now on seats are taken so much later."""
    monkeypatch.setattr(allocate, "datetime", standing_still(datetime.now(UTC) + timedelta(seconds=seconds)))


def pass_time(start: datetime, first: int, last: int) -> None:
    """The clock ticks, from the first to the last of these seconds after the start."""
    for second in range(first, last + 1, PERIOD):
        tick.tick(clock.read().number, start + timedelta(seconds=second))


def post(session_id: str, gamer: str, at: int, start: datetime) -> None:
    """A status arrives this many seconds after the start, and is read."""
    moment = (start + timedelta(seconds=at)).timestamp()
    scoreboard.handler({"Records": [record(gamer, 1000 + at, body(SessionId=session_id), moment)]}, None)


def manage(handler: Any, **query: str) -> tuple[int, Any]:
    """Call a function as a manager."""
    return call(handler, "boss", groups="Managers", **query)


def stage(api_id: str) -> dict[str, str]:
    """The variables that decide which posts are let in."""
    return dict(client("apigateway").get_stage(restApiId=api_id, stageName="prod")["variables"])


def test_a_vanished_gamers_seat_is_free_after_its_lease_and_a_ticks_time(start: datetime) -> None:
    """Who posts, or says that he is there, keeps the seat; who is silent has lost it within 35 s, not before 30."""
    session_id = opened()
    for gamer in ("silent", "posting", "waiting"):
        assert call(allocate.handler, gamer)[0] == 200

    pass_time(start, 3, 27)
    post(session_id, "posting", 20, start)
    board.renew(session_id, "waiting", milliseconds(start + timedelta(seconds=21)))
    assert seated(session_id) == {"silent", "posting", "waiting"}

    pass_time(start, 30, 34)
    assert seated(session_id) == {"posting", "waiting"}
    assert finished(session_id) == set()

    pass_time(start, 36, 55)
    assert seated(session_id) == set()


def test_a_lease_that_runs_out_ends_the_only_trial(start: datetime) -> None:
    """As leaving does: 422 GamerCannotPlay."""
    session_id = opened(GameType="SINGLE_TRIAL")
    call(allocate.handler, "ada")
    pass_time(start, 3, 34)

    assert (seated(session_id), finished(session_id)) == (set(), {"ada"})
    assert call(allocate.handler, "ada")[1]["errorCode"] == "GamerCannotPlay"


def test_nobody_loses_a_seat_because_the_clock_stood_still(start: datetime) -> None:
    """The laptop slept for an hour: posts could not be read meanwhile, so every lease begins anew; then as always."""
    session_id = opened()
    call(allocate.handler, "ada")
    pass_time(start, 3, 9)

    pass_time(start, 3600, 3627)
    assert seated(session_id) == {"ada"}
    pass_time(start, 3630, 3634)
    assert seated(session_id) == set()


def test_whoever_finds_all_seats_taken_gets_one_whose_lease_has_run_out(start: datetime) -> None:
    """Without waiting for the next tick; with none that has run out: NoSeatsAvailable."""
    session_id = opened(TotalSeats=2)
    call(allocate.handler, "ada")
    call(allocate.handler, "linus")
    pass_time(start, 3, 27)
    post(session_id, "linus", 25, start)

    assert call(allocate.handler, "grace")[1]["errorCode"] == "NoSeatsAvailable"
    assert leases.free(session_id, start + timedelta(seconds=31)) == 1
    assert call(allocate.handler, "grace")[0] == 200
    assert seated(session_id) == {"linus", "grace"}


def test_a_gamer_who_is_heard_of_while_seats_are_taken_away_keeps_the_seat(
    start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post is stored between the look at the leases and the taking away: the next look says otherwise."""
    session_id = opened()
    call(allocate.handler, "ada")
    call(allocate.handler, "linus")
    pass_time(start, 3, 27)
    look = board.heard

    def then_posts(session_id: str) -> list[dict[str, Any]]:
        seen = list(look(session_id))
        post(session_id, "ada", 29, start)
        return seen

    monkeypatch.setattr(board, "heard", then_posts)
    freed = leases.free(session_id, start + timedelta(seconds=31))

    assert (freed, seated(session_id)) == (1, {"ada"})


def test_a_heartbeat_keeps_the_seat_of_who_has_one() -> None:
    """200 with the seconds it lasts; 422 NoSeat without one; 422 SessionNotOpen without a session, or a closed one."""
    assert call(heartbeat.handler, "ada")[1]["errorCode"] == "SessionNotOpen"
    session_id = opened()
    assert call(heartbeat.handler, "ada")[1]["errorCode"] == "NoSeat"
    call(allocate.handler, "ada")
    before = {row["Nickname"]: row["Renewed"] for row in board.gamers(session_id)}
    assert call(heartbeat.handler, "ada") == (200, {"leaseSeconds": 30})
    assert next(board.gamers(session_id))["Renewed"] >= before["ada"]
    closed()
    status, answer = call(heartbeat.handler, "ada")
    assert (status, answer["errorCode"]) == (422, "SessionNotOpen")


def test_of_fifty_who_take_the_same_tick_one_has_it() -> None:
    """A queue delivers at least once: the chain goes on once."""
    opened()
    number, moment = clock.read().number, datetime.now(UTC)
    with ThreadPoolExecutor(20) as threads:
        taken = list(threads.map(lambda _: clock.claim(number, moment), range(50)))

    assert [one.number for one in taken if one] == [number + 1]


def test_a_timed_session_closes_itself_at_its_deadline(api_id: str, start: datetime) -> None:
    """No seat from the deadline on; posts for two seconds more; then it is closed, by the clock, as of its deadline."""
    session_id = opened(GameType="TIME_CONSTRAINED", TimeoutInMinutes=1)
    call(allocate.handler, "ada")
    session = register.find(session_id) or {}
    deadline = session["Deadline"]
    assert stage(api_id) == {"openSession": session_id, "closesAt": str(deadline + 2000)}

    moment = datetime.fromtimestamp(deadline / 1000, UTC)
    with pytest.raises(Exception, match="SessionNotOpen"):
        seats.take(session_id, "linus", moment)
    tick.tick(clock.read().number, moment + timedelta(milliseconds=1999))
    assert "ClosingTime" not in (register.find(session_id) or {})
    tick.tick(clock.read().number, moment + timedelta(seconds=2))

    assert register.current() is None
    assert (gate.announced() or {})["ClosingTime"] == timestamp(moment)
    assert stage(api_id)["openSession"] == "none"
    assert manage(close_session.handler)[1]["errorCode"] == "NoSessionOpen"


def test_a_session_whose_time_ran_out_unnoticed_does_not_stand_in_the_way(api_id: str) -> None:
    """The clock was away: opening another closes it first, and the new one is open and announced."""
    old = opened(GameType="TIME_CONSTRAINED", TimeoutInMinutes=1)
    overdue = milliseconds(datetime.now(UTC)) - 60_000
    for table in ("SESSION_TABLE", "SEATS_TABLE"):
        aws.client("dynamodb").update_item(
            TableName=aws.setting(table),
            Key=aws.to_item({"SessionId": old}),
            UpdateExpression="SET Deadline = :past",
            ExpressionAttributeValues=aws.to_item({":past": overdue}),
        )

    new = opened(SessionName="NEXT")

    assert milliseconds(datetime.fromisoformat((register.find(old) or {})["ClosingTime"])) == overdue
    assert (stage(api_id)["openSession"], (gate.announced() or {})["SessionId"]) == (new, new)


def test_all_start_at_the_same_moment_with_the_same_seed_however_often_start_is_pressed() -> None:
    """Three seconds after the first START; it is written into the session that gamers see, and to its deadline."""
    opened(GameType="TIME_CONSTRAINED", TimeoutInMinutes=1, Synchronized=True)
    before = milliseconds(datetime.now(UTC))
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: manage(start_session.handler), range(10)))
    session = gate.announced() or {}

    assert {status for status, _ in answers} == {200}
    assert {answer["startAt"] for _, answer in answers} == {session["StartAt"]}
    assert before + 3000 <= session["StartAt"] <= milliseconds(datetime.now(UTC)) + 3000
    assert session["Deadline"] == session["StartAt"] + 60_000
    assert seats.control(session["SessionId"])["Deadline"] == session["Deadline"]
    assert 0 <= session["Seed"] < 2**31


def test_only_a_manager_starts_and_only_what_is_synchronized_and_open() -> None:
    """403 for gamers; 409 without a session, and in one where everybody starts alone."""
    assert manage(start_session.handler)[1]["errorCode"] == "NoSessionOpen"
    opened(GameType="SINGLE_TRIAL")
    assert manage(start_session.handler)[1]["errorCode"] == "NotSynchronized"
    assert call(start_session.handler, "ada")[0] == 403
    assert call(read_seats.handler, "ada")[0] == 403
    assert call(read_sessions.handler, "ada")[0] == 403


def test_who_plays_again_before_the_last_game_was_read_keeps_the_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last post of a game frees the seat that it was played in, not one that was asked for since it arrived."""
    session_id = opened(TotalSeats=2)
    for gamer in ("ada", "linus"):
        assert call(allocate.handler, gamer)[0] == 200
    last = batch(session_id, ("ada", 7, {"Lives": 0}), ("linus", 8, {"Lives": 0}))
    let_pass(monkeypatch, seconds=1)
    assert call(allocate.handler, "ada") == (200, {"successMessage": "ada has a seat already: keep playing"})

    scoreboard.handler(last, None)

    assert (seated(session_id), finished(session_id)) == ({"ada"}, {"linus"})


def test_the_only_trial_ends_with_its_last_post_whatever_was_asked_for_since(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for the seat before the last post is read does not make a second trial."""
    session_id = opened(GameType="SINGLE_TRIAL")
    call(allocate.handler, "ada")
    last = batch(session_id, ("ada", 7, {"Lives": 0}))
    let_pass(monkeypatch, seconds=1)
    call(allocate.handler, "ada")

    scoreboard.handler(last, None)

    assert (seated(session_id), finished(session_id)) == (set(), {"ada"})


def test_starting_and_closing_may_meet_and_nothing_is_forgotten(api_id: str) -> None:
    """Two managers start while two others close, ten times: closed, announced as the register has it, gate shut."""
    for _ in range(10):
        session_id = opened(GameType="SINGLE_TRIAL", Synchronized=True)
        with ThreadPoolExecutor(4) as managers:
            calls = [managers.submit(manage, handler) for handler in (start_session.handler, close_session.handler) * 2]
        started = [one.result() for one in calls[::2]]
        session = register.find(session_id) or {}

        assert {one.result()[0] for one in calls} <= {200, 409}
        assert "ClosingTime" in session
        assert gate.announced() == public(session)
        assert stage(api_id)["openSession"] == "none"
        if any(status == 200 for status, _ in started):
            assert "SynchronizeTime" in session


def test_a_session_that_closes_while_another_call_announces_it_is_announced_as_closed(
    api_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole closing falls between what the START reads and what it writes: nobody sees it open for good."""
    session_id = opened(GameType="SINGLE_TRIAL", Synchronized=True)
    announce = gate._announce

    def late(session: Any) -> None:
        monkeypatch.setattr(gate, "_announce", announce)
        assert manage(close_session.handler)[0] == 200
        announce(session)

    monkeypatch.setattr(gate, "_announce", late)
    assert manage(start_session.handler)[0] == 200

    assert "ClosingTime" in (register.find(session_id) or {})
    assert gate.announced() == public(register.find(session_id) or {})
    assert stage(api_id)["openSession"] == "none"


def test_opening_and_closing_by_many_managers_leaves_gate_and_register_agreed(api_id: str) -> None:
    """Sixty calls by six managers: at the end the gate lets in the session that is open, or none."""

    def one(number: int) -> int:
        return manage(open_session.handler if number % 2 else close_session.handler)[0]

    with ThreadPoolExecutor(6) as managers:
        statuses = set(managers.map(one, range(60)))
    session = register.current()

    assert statuses == {200, 409}
    assert stage(api_id)["openSession"] == (session["SessionId"] if session else "none")
    if session:
        assert gate.announced() == public(session)


def test_what_a_call_left_half_done_the_clock_mends(api_id: str, start: datetime) -> None:
    """A manager's call ended after the register and before the gate: posts are let in a tick later."""
    session_id = opened()
    gate.shut()
    pass_time(start, 3, 3)

    assert stage(api_id)["openSession"] == session_id


def test_managers_see_history_and_seats_and_the_code_that_opens_the_projector() -> None:
    """The newest first with the number of gamers; who plays and who has finished; the code opens that board alone."""
    first = opened(SessionName="FIRST", GameType="SINGLE_TRIAL")
    for gamer in ("ada", "linus"):
        call(allocate.handler, gamer)
    scoreboard.handler({"Records": [record("ada", 5, body(SessionId=first, Score=40, Lives=0))]}, None)
    told = manage(read_seats.handler)[1]
    closed()
    second = opened(SessionName="SECOND")
    history = manage(read_sessions.handler)[1]["Sessions"]

    assert [(one["SessionId"], one["Gamers"]) for one in history[:2]] == [(second, 0), (first, 2)]
    assert "BoardCode" not in (gate.announced() or {})
    assert (told["TotalSeats"], told["OccupiedSeats"], told["Playing"], told["Finished"]) == (
        200,
        1,
        ["linus"],
        ["ada"],
    )
    codes = {one["SessionId"]: one["BoardCode"] for one in history}
    status, shown = call(read_board.handler, "nobody", sessionId=first, code=codes[first])
    assert (status, shown["Session"]["SessionId"]) == (200, first)
    assert shown["Live"] == aws.setting("LIVE_URL")
    rows = [
        dict(zip(board.FIGURES, row, strict=True)) for row in (("ada", 40, 0, 1, 1, True), ("linus", 0, 3, 0, 1, False))
    ]
    assert shown["Gamers"] == rows
    for wrong in (codes[second], "", "ABCD"):
        assert call(read_board.handler, "nobody", sessionId=first, code=wrong)[0] == 403
    assert call(read_board.handler, "nobody", sessionId="#open", code="")[0] == 403
    assert scores(first) == {"ada": 40, "linus": 0}
