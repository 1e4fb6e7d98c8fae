"""bootstrap against a real emulator and worker: apply, plan, destroy, watch."""

import json
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bootstrap import ssm
from cloud.clients import client
from cloud.wait import until
from labs import declare
from labs.alien_attack import aws, board
from labs.declare import Lab, RestApi, Stage, WebSocketApi
from tests.contract.bootstrap_stack import PASSWORDS, PATIENCE, Stack
from tests.unit.labs.records import body

pytestmark = pytest.mark.emulator
LAB = declare.load("alien_attack")
LABS = {lab.name: lab for lab in map(declare.load, declare.names())}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An emulator and a worker with nothing in them."""
    made = Stack(tmp_path_factory.mktemp("bootstrap"))
    try:
        made.start("emulator", "worker", "analytics")
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def looking_at(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own clients go where bootstrap's do."""
    for name, value in stack.environ.items():
        monkeypatch.setenv(name, value)
    client.cache_clear()


def served(lab: Lab) -> int:
    """How many of its resources the gateway reads straight from the declaration."""
    return sum(isinstance(one, RestApi | Stage | WebSocketApi) for one in lab.resources)


def created(lab: Lab) -> int:
    """How many bootstrap creates."""
    return len(lab.resources) - served(lab)


def fresh(lab: Lab) -> str:
    """What apply says in the end of a lab of which there was nothing."""
    return f"{created(lab)} created" + (f", {served(lab)} kept" if served(lab) else "")


def summaries(lines: Iterable[str]) -> dict[str, str]:
    """Lab -> what apply says of it in the end."""
    parts = (line.partition(": ") for line in lines)
    return {name: text for name, _, text in parts if name in LABS}


def outputs() -> dict[str, dict[str, str]]:
    """The lab's outputs as the gateway reads them; {} while there are none."""
    read: dict[str, dict[str, str]] = json.loads(ssm.outputs(LAB) or "{}")
    return read


def test_apply_creates_all_and_applying_again_changes_nothing(stack: Stack) -> None:
    """From empty to complete; then plan has nothing to do and exits 0, and all names stay the same."""
    before = stack.run("plan")
    first = stack.bootstrap("apply")
    known = outputs()
    second = stack.bootstrap("apply")
    plan = stack.bootstrap("plan")

    assert (before[0], before[1][-1]) == (2, f"{sum(map(created, LABS.values()))} to create or change")
    assert summaries(first.stdout.splitlines()) == {name: fresh(lab) for name, lab in LABS.items()}
    assert second.stdout.splitlines() == [f"{name}: {len(lab.resources)} kept" for name, lab in LABS.items()]
    assert (plan.returncode, plan.stdout.splitlines()[-1]) == (0, "nothing to do")
    assert outputs() == known


def test_the_outputs_name_every_resource_of_the_lab(stack: Stack) -> None:
    """Each with Ref and with all attributes that the API document asks for."""
    stack.run("apply")
    known = outputs()

    text = (declare.folder(LAB) / "api.yaml").read_text()
    asked = [name.partition(".") for name in re.findall(r"\$\{([^}:]+)\}", text)]

    assert set(known) == {resource.logical_id for resource in LAB.resources}
    assert all(known[logical_id][attribute or "Ref"] for logical_id, _, attribute in asked)


def test_a_change_by_hand_is_found_and_undone_but_for_what_the_lab_itself_writes(stack: Stack) -> None:
    """A parameter and a function's setting go back to what is declared; the session of the moment stays."""
    stack.run("apply")
    client("ssm").put_parameter(Name="/alien-attack/websocket", Value="elsewhere", Type="String", Overwrite=True)
    client("ssm").put_parameter(Name="/alien-attack/session", Value='{"SessionId": "S"}', Type="String", Overwrite=True)
    client("lambda").update_function_configuration(FunctionName="AlienAttackScoreboard", Timeout=7)

    code, plan = stack.run("plan")
    stack.run("apply")

    assert (code, plan[-1]) == (2, "2 to create or change"), plan
    assert any("Timeout is 7, declared 60" in line for line in plan)
    assert client("ssm").get_parameter(Name="/alien-attack/session")["Parameter"]["Value"] == '{"SessionId": "S"}'
    assert stack.run("plan")[0] == 0


def test_the_demo_accounts_sign_in_with_the_installs_passwords(stack: Stack) -> None:
    """At once, without being asked for a new one; the manager's token names the group."""
    stack.run("apply")
    app = outputs()["Website"]["Ref"]
    for username, password in PASSWORDS.items():
        answer = client("cognito-idp").initiate_auth(
            ClientId=app,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username.lower(), "PASSWORD": password},
        )
        assert answer["AuthenticationResult"]["IdToken"]

    groups = client("cognito-idp").admin_list_groups_for_user(UserPoolId=outputs()["Gamers"]["Ref"], Username="manager")
    assert [group["GroupName"] for group in groups["Groups"]] == ["Managers"]


def test_the_functions_run_where_they_were_put(stack: Stack) -> None:
    """Invoked through the Lambda API: an answer in JSON, from the code folder alone, with the settings of lab.py."""
    stack.run("apply")
    client("ssm").put_parameter(Name="/alien-attack/session", Value="null", Type="String", Overwrite=True)
    event = {"requestContext": {"authorizer": {"claims": {"cognito:username": "🚀"}}}}

    answer = client("lambda").invoke(FunctionName="AlienAttackAllocate", Payload=json.dumps(event))
    payload = json.loads(answer["Payload"].read())

    assert "FunctionError" not in answer
    assert (payload["statusCode"], json.loads(payload["body"])["errorCode"]) == (422, "SessionNotOpen")


def test_a_record_in_the_stream_reaches_the_board(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stream, event source mapping, function, table: the way of a score, and any nickname survives it."""
    stack.run("apply")
    monkeypatch.setenv("SCOREBOARD_TABLE", "AlienAttackScoreboard")
    board.enter("S", "🚀 Ωmega", 0, again=True)
    data = json.dumps(body(SessionId="S", Score=25)).encode()

    put = client("kinesis").put_record(StreamName="AlienAttackInput", PartitionKey="🚀 Ωmega", Data=data)

    (row,) = until(lambda: [row for row in board.gamers("S") if row["Score"]], PATIENCE, what="the score")
    assert (row["Nickname"], row["Score"]) == ("🚀 Ωmega", 25)
    assert int(row["Position"]) == int(put["SequenceNumber"])
    aws.client("dynamodb").close()
    aws.client.cache_clear()


def test_destroy_removes_what_is_declared_and_nothing_else(stack: Stack) -> None:
    """A stream of somebody else's stays; afterwards all can be created again."""
    stack.run("apply")
    client("kinesis").create_stream(StreamName="Somebody", ShardCount=1)

    stack.run("destroy")

    assert client("kinesis").list_streams()["StreamNames"] == ["Somebody"]
    tables = set(client("dynamodb").list_tables()["TableNames"])
    assert tables >= {"FogbankEventSourceMappings", "FogbankFunctions", "FogbankLeases"}
    assert {name for name in tables if not name.startswith("Fogbank")} == set()
    assert client("s3").list_buckets()["Buckets"] == []
    assert client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"] == []
    assert client("lambda").list_functions()["Functions"] == []
    assert outputs() == {}
    assert summaries(stack.run("apply")[1]) == {name: fresh(lab) for name, lab in LABS.items()}


def test_a_missing_password_is_named_before_anything_else_can_go_wrong(stack: Stack) -> None:
    """Exit code 1, the variable that would help, and no stack trace."""
    stack.run("destroy")
    without = {name: value for name, value in stack.environ.items() if name != "FOGBANK_PASSWORD_ADA"}
    stack.environ, kept = without, stack.environ
    try:
        done = stack.bootstrap("apply")
    finally:
        stack.environ = kept

    assert done.returncode == 1
    assert "FOGBANK_PASSWORD_ADA" in done.stderr
    assert "Traceback" not in done.stderr
    assert outputs() == {}


def test_watch_applies_again_when_the_emulator_has_come_back_empty(stack: Stack, tmp_path: Path) -> None:
    """Within seconds everything is there again, functions too; SIGTERM ends it at once."""
    with stack.watching() as watch:
        until(watch.ready.exists, PATIENCE, what="the first apply")
        assert outputs()

        stack.forget()
        until(lambda: "applying again" in watch.said(), PATIENCE, what="the loss to be noticed")
        until(outputs, PATIENCE, what="the outputs to be back")
        until(watch.ready.exists, PATIENCE, what="the heartbeat")
        assert client("lambda").get_function_configuration(FunctionName="AlienAttackScoreboard")["State"] == "Active"

        assert watch.stop() == 0
    assert not watch.ready.exists()


def test_watch_ends_at_once_also_while_a_call_hangs(tmp_path: Path) -> None:
    """An emulator that takes connections and never answers does not hold up a stop."""
    stack = Stack(tmp_path)
    ours = ("LAMBDA", "COGNITO_IDENTITY_PROVIDER", "COGNITO_IDENTITY")
    stack.environ |= {f"AWS_ENDPOINT_URL_{service}": stack.environ["AWS_ENDPOINT_URL"] for service in ours}
    with ExitStack() as kept, stack.watching() as watch:
        mute = kept.enter_context(socket.create_server(("127.0.0.1", stack.emulator_port), backlog=64))
        asked = b""
        while not asked:  # the first connections only look whether anybody is there
            connection = kept.enter_context(mute.accept()[0])
            asked = connection.recv(1)

        assert watch.stop() == 0


def test_watch_waits_for_what_does_not_answer_yet(tmp_path: Path) -> None:
    """It says which address and which services; when they come it applies."""
    stack = Stack(tmp_path)
    try:
        with stack.watching() as watch:
            until(lambda: "waiting for" in watch.said(), PATIENCE, what="a word about it")
            assert f"http://127.0.0.1:{stack.worker_port} (lambda)" in watch.said()
            assert not watch.ready.exists()

            stack.start("emulator", "worker", "analytics")
            until(watch.ready.exists, PATIENCE, what="the first apply")
            assert watch.stop() == 0
    finally:
        stack.close()
