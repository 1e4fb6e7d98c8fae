"""Alien Attack's functions against a real emulator: seats, sessions, statuses, the board; the exported template."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
import yaml

from cloud.clients import client
from labs import declare
from labs.alien_attack import aws, board, gate
from labs.alien_attack.handlers import (
    allocate,
    close_session,
    deallocate,
    open_session,
    read_gamers,
    scoreboard,
    start_session,
)
from labs.alien_attack.session import public
from labs.alien_attack.status import parse
from tests.unit.labs.records import record

from .alien_attack_lab import (
    LAB,
    announce,
    batch,
    call,
    cleaned,
    closed,
    dead_letters,
    deployed,
    finished,
    opened,
    scores,
    seated,
)

pytestmark = pytest.mark.emulator

STRANGE = ["Ωmega", "🚀🚀", "مرحبا", 'o\'neill "quoted" \\', "\u202eevil", "日本"]


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


def gate_stands_at(api_id: str) -> str:
    """Which session's posts the API lets in."""
    return str(client("apigateway").get_stage(restApiId=api_id, stageName="prod")["variables"]["openSession"])


def test_two_hundred_gamers_who_ask_at_once_for_fifty_seats_get_exactly_fifty() -> None:
    """The others are told NoSeatsAvailable; nobody gets an error; who has a seat is on the board with zeros."""
    session_id = opened(TotalSeats=50)
    with ThreadPoolExecutor(200) as threads:
        answers = list(threads.map(lambda n: call(allocate.handler, f"gamer-{n}"), range(200)))

    statuses = [status for status, _ in answers]
    assert sorted(statuses) == [200] * 50 + [422] * 150
    assert {body["errorCode"] for status, body in answers if status == 422} == {"NoSeatsAvailable"}
    assert len(seated(session_id)) == 50
    assert scores(session_id) == dict.fromkeys(seated(session_id), 0)


def test_a_seat_is_given_once_and_left_once() -> None:
    """Asking again keeps the seat, leaving again is fine, and a seat that was left can be taken."""
    session_id = opened(TotalSeats=1)

    said = [call(allocate.handler, "ada")[1]["successMessage"] for _ in range(2)]
    assert call(allocate.handler, "linus")[0] == 422
    left = [call(deallocate.handler, "ada")[1]["successMessage"] for _ in range(2)]

    assert said == ["ada has a seat", "ada has a seat already: keep playing"]
    assert left == ["ada has left the seat", "ada had no seat"]
    assert call(allocate.handler, "linus")[0] == 200
    assert seated(session_id) == {"linus"}


@pytest.mark.parametrize(("game_type", "again"), [("SINGLE_TRIAL", 422), ("MULTIPLE_TRIALS", 200)])
def test_leaving_ends_the_only_trial(game_type: str, again: int) -> None:
    """In a single trial who leaves has finished; with several trials one may come back."""
    session_id = opened(GameType=game_type)
    call(allocate.handler, "ada")
    call(deallocate.handler, "ada")
    call(deallocate.handler, "never-seated")

    status, answer = call(allocate.handler, "ada")

    assert status == again
    assert answer.get("errorCode") == ("GamerCannotPlay" if again == 422 else None)
    assert "never-seated" not in finished(session_id)


def test_without_an_open_session_there_are_no_seats() -> None:
    """Before the first session and after the last: 422; leaving is fine at any time."""
    assert call(allocate.handler, "ada") == (422, {"errorCode": "SessionNotOpen", "errorMessage": "No session is open"})
    assert call(deallocate.handler, "ada")[0] == 200
    opened()
    call(allocate.handler, "ada")
    closed()
    assert call(allocate.handler, "linus")[1]["errorCode"] == "SessionNotOpen"
    assert call(deallocate.handler, "ada") == (200, {"successMessage": "ada has left the seat"})


def test_an_announced_session_that_is_closed_in_truth_gives_no_seat() -> None:
    """The item decides: the announcement may be a moment behind."""
    session_id = opened()
    session = gate.announced()
    assert session is not None
    closed()
    announce(session)

    assert call(allocate.handler, "ada")[1]["errorCode"] == "SessionNotOpen"
    assert seated(session_id) == set()


def test_a_missing_parameter_is_an_error_that_names_it() -> None:
    """500 in JSON, not a crash: lab 8 of the workshop starts like this."""
    aws.client("ssm").delete_parameter(Name="/alien-attack/session")

    assert call(allocate.handler, "ada") == (
        500,
        {"errorMessage": "GetParameter failed", "errorCode": "ParameterNotFound"},
    )


def test_a_session_opens_item_first_gate_last_and_closes_gate_first(api_id: str) -> None:
    """Nothing is accepted before all is ready, nor after the closing has begun."""
    made: list[str] = []
    for service in ("dynamodb", "ssm", "apigateway"):
        aws.client(service).meta.events.register("before-call", lambda model, **_: made.append(model.name))

    session_id = opened(SessionName="TEST")
    opening, gate_open = list(made), gate_stands_at(api_id)
    made.clear()
    session = closed()

    changes = [name for name in opening if not name.startswith("Get") and name != "UpdateItem"]
    assert changes == ["TransactWriteItems", "PutParameter", "UpdateStage"]
    assert [name for name in made if name != "GetItem"][:4] == ["Scan", "UpdateStage", "UpdateItem", "UpdateItem"]
    assert (gate_open, gate_stands_at(api_id)) == (session_id, "none")
    assert session["ClosingTime"] >= session["OpeningTime"]
    assert gate.announced() == public(session)


def test_one_session_is_open_at_a_time() -> None:
    """A second is refused with 409, also when twenty managers open at once; closing twice is refused likewise."""
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda n: call(open_session.handler, "boss", {}, groups="Managers"), range(20)))

    assert sorted(status for status, _ in answers) == [200] + [409] * 19
    assert {answer["errorCode"] for status, answer in answers if status == 409} == {"SessionAlreadyOpen"}
    closed()
    status, answer = call(close_session.handler, "boss", groups="Managers")
    assert (status, answer["errorCode"]) == (409, "NoSessionOpen")


def test_sessions_of_one_name_in_one_second_have_names_of_their_own() -> None:
    """A name carries the second it was opened in; when that is taken, the next one."""
    names = set()
    for _ in range(3):
        names.add(opened(SessionName="TEST"))
        closed()

    assert len(names) == 3


def test_closing_keeps_when_the_game_was_started_and_every_score() -> None:
    """What was added to the session meanwhile stays, and no row is touched."""
    session_id = opened(GameType="SINGLE_TRIAL", Synchronized=True)
    call(allocate.handler, "ada")
    scoreboard.handler(batch(session_id, ("ada", 1, {"Score": 25})), None)
    assert call(start_session.handler, "boss", groups="Managers")[0] == 200
    started = gate.announced() or {}

    session = closed()

    assert session["SynchronizeTime"] == started["SynchronizeTime"]
    assert (gate.announced() or {}).items() >= started.items()
    assert scores(session_id) == {"ada": 25}


def test_managers_functions_are_refused_to_gamers() -> None:
    """403 for all three, and nothing happens."""
    assert call(open_session.handler, "ada", {})[0] == 403
    session_id = opened()
    assert call(close_session.handler, "ada")[0] == 403
    assert call(read_gamers.handler, "ada", sessionId=session_id)[0] == 403
    assert (gate.announced() or {}).get("ClosingTime") is None


def test_the_newest_status_wins_whatever_the_order_and_however_often() -> None:
    """Batches out of order, replayed, and handled by two workers at the same time end in the same board."""
    session_id = opened()
    gamers = [f"g{number}" for number in range(30)]
    for gamer in gamers:
        call(allocate.handler, gamer)
    posts = [(gamer, at, {"Score": at}) for gamer in gamers for at in range(1, 21)]
    Random(3).shuffle(posts)
    batches = [batch(session_id, *posts[start : start + 60]) for start in range(0, len(posts), 60)]

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(lambda one: scoreboard.handler(one, None), [one for one in batches for _ in range(2)]))

    assert scores(session_id) == dict.fromkeys(gamers, 20)
    assert dead_letters() == []


def test_records_that_cannot_be_counted_are_dead_letters_with_a_reason() -> None:
    """Nobody's status and no status: the queue has them; the others of the batch are stored."""
    session_id = opened()
    call(allocate.handler, "ada")
    event = batch(session_id, ("ada", 1, {"Score": 5}), ("stranger", 2, {}), ("stranger", 3, {}))
    event["Records"].append(record("ada", 4, b"\xff not json"))

    scoreboard.handler(event, None)

    assert scores(session_id) == {"ada": 5}
    assert sorted((one["Reason"].split(":")[0], one["SequenceNumber"]) for one in dead_letters()) == [
        ("NotSeated", "2"),
        ("NotSeated", "3"),
        ("Unreadable", "4"),
    ]


def test_who_has_no_lives_left_leaves_the_seat_to_others_and_a_replay_does_not_undo_what_came_after() -> None:
    """Out of lives: finished. Back in another trial: playing, also when the last batch of the first comes again."""
    session_id = opened(TotalSeats=1)
    call(allocate.handler, "ada")
    last = batch(session_id, ("ada", 9, {"Score": 40, "Lives": 0}))

    scoreboard.handler(last, None)
    assert (seated(session_id), finished(session_id)) == (set(), {"ada"})
    scoreboard.handler(last, None)
    assert (seated(session_id), finished(session_id)) == (set(), {"ada"})

    call(allocate.handler, "ada")
    scoreboard.handler(last, None)

    assert (seated(session_id), finished(session_id)) == ({"ada"}, set())
    assert scores(session_id) == {"ada": 40}


def test_a_batch_that_ended_between_the_row_and_the_seat_frees_the_seat_when_it_comes_again() -> None:
    """The row is written, the worker dies, the batch is replayed."""
    session_id = opened()
    call(allocate.handler, "ada")
    last = batch(session_id, ("ada", 9, {"Lives": 0}))
    board.write(map(parse, last["Records"]))
    assert seated(session_id) == {"ada"}

    scoreboard.handler(last, None)

    assert (seated(session_id), finished(session_id)) == (set(), {"ada"})


def read(batches: list[dict[str, Any]]) -> None:
    """Have the stream's reader take one batch after the other."""
    for one in batches:
        scoreboard.handler(one, None)


def test_what_was_accepted_counts_also_when_the_session_closes_meanwhile() -> None:
    """The gate is the only judge: ten sessions close in mid-stream, and every row is the gamer's last status."""
    gamers = [f"g{number}" for number in range(20)]
    for _ in range(10):
        session_id = opened()
        for gamer in gamers:
            call(allocate.handler, gamer)
        batches = [batch(session_id, *((gamer, at, {"Score": at}) for gamer in gamers)) for at in range(1, 7)]

        with ThreadPoolExecutor(2) as both:
            reading = both.submit(read, batches)
            closing = both.submit(closed)
            reading.result()

        assert closing.result()["ClosingTime"]
        assert scores(session_id) == dict.fromkeys(gamers, 6)


def test_the_board_is_in_order_and_complete_and_any_name_survives() -> None:
    """Score and lives descending, shots and nickname ascending, by the index; managers read all of it."""
    session_id = opened(TotalSeats=1000)
    dice = Random(5)
    gamers = STRANGE + [f"g{number}" for number in range(60)]
    posts = [
        (gamer, at, {"Score": dice.choice([5, 10]), "Lives": dice.randint(1, 3), "Shots": dice.randint(1, 3)})
        for at, gamer in enumerate(gamers, 1)
    ]
    for gamer in gamers:
        call(allocate.handler, gamer)

    scoreboard.handler(batch(session_id, *posts), None)
    status, answer = call(read_gamers.handler, "boss", groups="Managers", sessionId=session_id)
    shown = [(row["Score"], row["Lives"], row["Shots"], row["Nickname"]) for row in answer["Gamers"]]

    expected = [(figures["Score"], figures["Lives"], figures["Shots"], gamer) for gamer, _, figures in posts]
    assert status == 200
    assert shown == sorted(expected, key=lambda row: (-row[0], -row[1], row[2], row[3]))
    assert set(answer["Gamers"][0]) == {
        "Nickname",
        "Score",
        "Lives",
        "Shots",
        "Level",
        "Timestamp",
        "Position",
        "Finished",
    }


def test_a_thousand_gamers_are_read_page_by_page() -> None:
    """A query's page ends at 1 MB; the board does not."""
    session_id = opened(TotalSeats=1000)
    for number in range(1000):
        board.enter(session_id, f"{number:04d}" + "🚀" * 124, 0, again=False)

    status, answer = call(read_gamers.handler, "boss", groups="Managers", sessionId=session_id)

    assert (status, len(answer["Gamers"])) == (200, 1000)


def test_cloudformation_takes_the_exported_template_with_all_routes_and_the_authorizer(api_id: str) -> None:
    """All paths with all their verbs, the pool as authorizer, the stage with its variables and caches."""
    written = yaml.safe_load((declare.folder(LAB) / "api.yaml").read_text())["paths"]
    api = client("apigateway")
    resources = api.get_resources(restApiId=api_id, limit=500)["items"]
    imported = {one["path"]: {verb.lower() for verb in one["resourceMethods"]} for one in resources}
    (authorizer,) = api.get_authorizers(restApiId=api_id)["items"]
    stage = api.get_stage(restApiId=api_id, stageName="prod")

    assert {path: verbs for path, verbs in imported.items() if verbs} == {
        path: set(one) for path, one in written.items()
    }
    assert (authorizer["type"], len(authorizer["providerARNs"])) == ("COGNITO_USER_POOLS", 1)
    assert "{" not in authorizer["providerARNs"][0]
    assert set(stage["methodSettings"]) == {"/v1/session/GET", "/v1/scoreboard/GET"}
