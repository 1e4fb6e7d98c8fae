"""The front door, from outside: up, ps, env, a killed box, a killed supervisor."""

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Mapping

import httpx
import psutil
import pytest

from cloud import clients
from cloud.wait import until
from stack import accounts, boxes
from tests.e2e.boxes import PORTS, Stack
from tests.e2e.callers import Caller, People

pytestmark = pytest.mark.stack
HERE = ("site", "gateway", "worker", "identity")


@pytest.fixture
def gamer(people: People) -> Caller:
    """A gamer of the test's own."""
    return people.gamer()


def test_up_again_changes_nothing(stack: Stack) -> None:
    """The boxes that run go on, and the addresses and accounts are printed once more."""
    before = started(stack)
    printed = stack.front_door("up", timeout=300)

    assert before == started(stack)
    assert f"http://localhost:{PORTS['FOGBANK_SITE_PORT']}/" in printed
    for name, password in accounts.read(stack.home).items():
        assert re.search(rf"{name} +{re.escape(password)}", printed)


def test_ps_shows_every_box_healthy(stack: Stack) -> None:
    """One line for each, and nothing is missing."""
    stack.wait_for("gateway")
    lines = stack.front_door("ps").splitlines()[1:]

    assert {"site", "gateway", "worker", *stack.emulators} <= {line.split()[0] for line in lines}
    assert all(" healthy " in f"{line} " or " done " in f"{line} " for line in lines)


def test_every_box_answers_for_its_health_and_figures(stack: Stack) -> None:
    """GET /health and GET /metrics, on the documented ports."""
    for name in HERE:
        address = f"http://127.0.0.1:{PORTS[f'FOGBANK_{name.upper()}_PORT']}"

        assert httpx.get(f"{address}/health", timeout=30).json() == {"status": "ok"}
        assert "# HELP" in httpx.get(f"{address}/metrics", timeout=30).text


def test_env_prints_what_a_shell_can_read(stack: Stack) -> None:
    """Tools on this machine find the stack by it."""
    script = f"{stack.front_door('env')}\necho $AWS_ENDPOINT_URL_LAMBDA"
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.strip()

    assert f"http://127.0.0.1:{PORTS['FOGBANK_WORKER_PORT']}" == said
    assert "export AWS_REGION=us-east-1" in stack.front_door("env").splitlines()


def test_the_log_of_one_function_is_shown(stack: Stack, gamer: Caller, session_id: str) -> None:
    """make logs F=AlienAttackScoreboard: what the function printed about the batch of a post, not what a box says."""
    gamer.allocate()
    assert gamer.post_status(session_id).status_code == 200

    def said() -> str:
        return stack.front_door("logs", "--function", "AlienAttackScoreboard")

    until(lambda: re.search(r"batch records=\d+ stored=\d+", said()), 60, what="the function's log", interval=1)
    assert "worker" not in {line.split()[0] for line in said().splitlines() if line.strip()}


def test_secrets_are_private(stack: Stack) -> None:
    """What lies in FOGBANK_HOME can be read by the caller alone."""
    assert (stack.home / "accounts.json").stat().st_mode & 0o777 == 0o600
    assert stack.home.stat().st_mode & 0o077 == 0


def test_no_secret_is_in_a_log(stack: Stack) -> None:
    """Neither passwords nor tokens, whatever was done before this test."""
    said = stack.front_door("logs", "--lines", "100000", timeout=120)

    assert not [name for name, password in accounts.read(stack.home).items() if password in said]
    assert not re.search(r"eyJ[\w-]{10,}\.[\w-]{10,}", said)


@pytest.mark.parametrize("name", ["site", "worker", "gateway"])
def test_a_killed_box_comes_back_by_itself(stack: Stack, name: str) -> None:
    """With SIGKILL, as a crash would."""
    before = started(stack)[name]
    stack.kill(name)
    until(
        lambda: box(stack, name)["health"] == "healthy" and started(stack)[name] != before, 60, what=name, interval=0.3
    )

    assert box(stack, name)["state"] in {"running", "starting"}


def test_a_second_stack_on_the_same_ports_is_refused(stack: Stack) -> None:
    """The error names the port and what moves it, and the first stack is not harmed."""
    before = started(stack)
    other = Stack(stack.target, stack.home.with_name("other"))
    with pytest.raises(AssertionError, match=r"port \d+ is taken by .*FOGBANK_\w+_PORT"):
        other.front_door("up", timeout=300)
    other.clean()

    assert before == started(stack)


def test_a_killed_supervisor_is_replaced(stack: Stack) -> None:
    """make up finds the boxes that it left, ends them, and starts them anew; what was stored is still there."""
    if stack.target != "local":
        killed = box(stack, "gateway")["where"]
        assert "unless-stopped" in inspect(killed, "{{.HostConfig.RestartPolicy.Name}}")
        return
    supervisor = int((stack.home / "run" / "supervisord.pid").read_text())
    pool = user_pool(stack.environ)
    os.kill(supervisor, signal.SIGKILL)
    printed = stack.front_door("up", timeout=300)

    assert f"ended what an earlier run left behind: {', '.join(sorted(one.name for one in boxes.ALL))}" in printed
    assert pool == user_pool(stack.environ)


def test_what_a_box_may_do(stack: Stack) -> None:
    """In Docker: no root, no capability, nothing to write on but its own; else nothing but what the caller may."""
    if stack.target == "local":
        uids = {psutil.Process(stack.pid(name)).uids().effective for name in HERE}
        assert uids == {os.getuid()}
        return
    ours = [one["where"] for one in json.loads(stack.front_door("ps", "--json")) if one["name"] != "localstack"]
    template = (
        "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Privileged}}"
        " {{.HostConfig.NetworkMode}} {{.HostConfig.PidMode}} {{.Config.User}}"
    )
    network = inspect(ours[0], "{{.HostConfig.NetworkMode}}")

    assert network not in {"host", "default"}
    assert {inspect(where, template) for where in ours} == {
        f"true [ALL] [no-new-privileges:true] false {network}  fogbank"
    }
    held = "grep -hE '^(CapEff|Uid)' /proc/1/status"
    said = subprocess.run(["docker", "exec", ours[0], "sh", "-c", held], capture_output=True, text=True, check=True)
    assert re.search(r"^CapEff:\s+0+$", said.stdout, re.MULTILINE)
    assert not re.search(r"^Uid:\s+0\s", said.stdout, re.MULTILINE)


def box(stack: Stack, name: str) -> dict[str, str]:
    """What `ps` says of a box."""
    boxes: list[dict[str, str]] = json.loads(stack.front_door("ps", "--json"))
    return next(box for box in boxes if box["name"] == name)


def started(stack: Stack) -> dict[str, str]:
    """Box -> what tells this start of it from another."""
    boxes = json.loads(stack.front_door("ps", "--json"))
    where = {box["name"]: box["where"] for box in boxes if box["name"] in {*HERE, *stack.emulators}}
    if stack.target == "local":
        return where
    return {name: inspect(container, "{{.State.StartedAt}}") for name, container in where.items()}


def inspect(container: str, template: str) -> str:
    """What the engine says of a container."""
    command = shlex.split(f"docker inspect --format {shlex.quote(template)} {container}")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def user_pool(environ: Mapping[str, str]) -> str:
    """The user pool's id, which is new when anything was created anew."""
    assert environ
    answer = clients.client("ssm").get_parameter(Name="/fogbank/alien-attack/outputs")
    return str(json.loads(answer["Parameter"]["Value"])["Gamers"]["Ref"])
