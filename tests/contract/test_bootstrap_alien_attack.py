"""Alien Attack's functions against a real emulator, called as Lambda calls them.

The lab around them is deployed as on AWS: by CloudFormation, from the template that `bootstrap export` writes. Only the
functions themselves stay out of the stack: they run here. The gate is a stage of the emulator's own API Gateway.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import yaml

from bootstrap.export import template
from bootstrap.resolve import Known, Place, resolved
from cloud.clients import client
from cloud.wait import until
from labs import declare
from labs.alien_attack import aws, board, gate, seats
from labs.alien_attack.handlers import allocate, close_session, deallocate, open_session, read_gamers, scoreboard, start_session
from labs.alien_attack.session import public
from labs.alien_attack.status import parse
from labs.declare import Function
from tests.contract.bootstrap_stack import PATIENCE, Stack
from tests.unit.labs.records import body, record

pytestmark = pytest.mark.emulator

LAB = declare.load("alien_attack")
STRANGE = ["Ωmega", "🚀🚀", "مرحبا", 'o\'neill "quoted" \\', "\u202eevil", "日本"]

Handler = Callable[[Any, Any], Any]


@pytest.fixture(scope="module")
def api_id(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The lab in an emulator, the functions' environment, and the id of the API."""
    stack = Stack(tmp_path_factory.mktemp("alien-attack"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environ.items():
            patch.setenv(name, value)
        try:
            stack.start("emulator")
            known = _deploy()
            for name, value in _environment(known).items():
                patch.setenv(name, value)
            yield known["Api"]["Ref"]
        finally:
            forget_clients()
            stack.close()


@pytest.fixture(autouse=True)
def clean(api_id: str) -> Iterator[None]:
    """Afterwards no session is open or announced, and the queue is empty. Clients are the test's own."""
    forget_clients()
    yield
    call(close_session.handler, "boss", groups="Managers")
    aws.client("ssm").put_parameter(Name="/alien-attack/session", Value="null", Type="String", Overwrite=True)
    dead_letters()


def forget_clients() -> None:
    """Close the connections of the lab's clients: some tests listen to what these call."""
    for service in ("dynamodb", "ssm", "sqs", "apigateway", "s3"):
        aws.client(service).close()
    aws.client.cache_clear()


def _deploy() -> Known:
    """Create the stack; returns what its resources are called."""
    made = template(LAB)
    made.pop("Transform")  # what it stands for, functions, is left out
    made["Resources"] = {
        name: one
        for name, one in made["Resources"].items()
        if not any(kind in one["Type"] for kind in ("Serverless", "Lambda", "ApiGatewayV2"))
    }
    made["Resources"]["Gamers"]["Properties"].pop("LambdaConfig")
    made["Resources"]["WebSocketParameter"]["Properties"]["Value"] = "ws://localhost:8000/alien-attack-live/production"
    made["Outputs"].pop("LiveUrl")
    api = client("cloudformation")
    api.create_stack(StackName="lab", TemplateBody=json.dumps(made), Capabilities=["CAPABILITY_NAMED_IAM"])
    until(lambda: _stack_status() == "CREATE_COMPLETE", PATIENCE, what="the stack")
    resources = api.describe_stack_resources(StackName="lab")["StackResources"]
    known = {one["LogicalResourceId"]: {"Ref": one["PhysicalResourceId"]} for one in resources}
    known["Gamers"]["ProviderName"] = f"cognito-idp.us-east-1.amazonaws.com/{known['Gamers']['Ref']}"
    return {**known, "Live": {"ApiEndpoint": "ws://127.0.0.1:1/nobody"}}


def _stack_status() -> str:
    status = str(client("cloudformation").describe_stacks(StackName="lab")["Stacks"][0]["StackStatus"])
    assert "ROLLBACK" not in status
    return status


def _environment(known: Known) -> dict[str, str]:
    environment: dict[str, str] = {}
    for function in LAB.of(Function):
        settings = resolved(replace(function, Policies=()), known, Place("us-east-1")).Environment
        environment |= {name: str(value) for name, value in settings.items()}
    return environment


def call(handler: Handler, who: str, wish: Any = None, *, groups: str = "Players", **query: str) -> tuple[int, Any]:
    """Call a function as the gateway does; returns the status and the body."""
    event = {
        "requestContext": {"authorizer": {"claims": {"cognito:username": who, "cognito:groups": groups}}},
        "queryStringParameters": query or None,
        "body": json.dumps(wish) if wish is not None else None,
    }
    answer = handler(event, None)
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    return answer["statusCode"], json.loads(answer["body"])


def opened(**wish: Any) -> str:
    """Open a session; returns its id."""
    status, session = call(open_session.handler, "boss", wish, groups="Managers")
    assert status == 200, session
    return str(session["SessionId"])


def closed() -> dict[str, Any]:
    """Close the session; returns it."""
    status, session = call(close_session.handler, "boss", groups="Managers")
    assert status == 200, session
    return dict(session)


def announce(session: Any) -> None:
    """Have gamers see this session, whatever the register says."""
    aws.client("ssm").put_parameter(
        Name="/alien-attack/session", Value=json.dumps(session), Type="String", Overwrite=True
    )


def seated(session_id: str) -> set[str]:
    """Who plays."""
    return set(seats.control(session_id)["Seats"])


def finished(session_id: str) -> set[str]:
    """Who has finished."""
    return set(seats.control(session_id).get("FinishedGamers", ()))


def batch(session_id: str, *posts: tuple[str, int, dict[str, Any]]) -> dict[str, Any]:
    """A batch of (gamer, sequence number, figures)."""
    return {"Records": [record(who, at, body(SessionId=session_id, **figures)) for who, at, figures in posts]}


def scores(session_id: str) -> dict[str, int]:
    """Nickname -> score."""
    return {row["Nickname"]: row["Score"] for row in board.gamers(session_id)}


def dead_letters() -> list[dict[str, Any]]:
    """Everything in the dead-letter queue, which is emptied."""
    queue, found = aws.setting("DLQ_URL"), []
    while messages := aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


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
    assert [name for name in made if name != "GetItem"][:3] == ["UpdateStage", "UpdateItem", "UpdateItem"]
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


def test_what_was_accepted_counts_also_when_the_session_closes_meanwhile() -> None:
    """The gate is the only judge: statuses in the stream at closing time reach the board."""
    session_id = opened()
    gamers = [f"g{number}" for number in range(20)]
    for gamer in gamers:
        call(allocate.handler, gamer)
    batches = [batch(session_id, *((gamer, at, {"Score": at}) for gamer in gamers)) for at in range(1, 11)]

    with ThreadPoolExecutor(2) as both:
        reading = both.submit(lambda: list(map(scoreboard.handler, batches, batches)))
        closing = both.submit(closed)
        reading.result()

    assert closing.result()["ClosingTime"]
    assert scores(session_id) == dict.fromkeys(gamers, 10)


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
