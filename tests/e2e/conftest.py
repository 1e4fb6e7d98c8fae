"""The running stack, started once through the front door, and those who call it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud import clients
from demo.referee import STREAM
from tests.e2e.boxes import Stack, docker_answers
from tests.e2e.callers import Caller, People, Sessions
from tests.e2e.turns import turn
from tests.e2e.written import Written

LONG = 900  # seconds; a test waits for its turn, the first one for the stack, and perhaps for an image to be built


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test of a session pays for starting the stack, so all have the time for it."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG))


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack on the target that --target names, healthy; stopped at the end, its logs kept when a test failed."""
    target = str(request.config.getoption("--target"))
    if target == "docker" and not docker_answers():
        pytest.skip("no Docker engine answers")
    stack = Stack(target, tmp_path_factory.mktemp("fogbank"))
    try:
        stack.up()
        yield stack
    finally:
        if request.session.testsfailed:
            _keep_logs(stack, request.config)
        stack.clean()


@pytest.fixture(autouse=True)
def its_turn(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test marked as alone has the machine to itself."""
    with turn(alone=request.node.get_closest_marker("alone") is not None):
        yield


@pytest.fixture(autouse=True)
def environment(request: pytest.FixtureRequest, clean_environment: None) -> None:
    """While a test runs that uses the stack, boto3's variables lead to it."""
    if "stack" in request.fixturenames:
        os.environ.update(request.getfixturevalue("stack").environ)
        clients.client.cache_clear()


@pytest.fixture
def people(stack: Stack) -> People:
    """Gamers and the manager."""
    return People(stack.environ)


@pytest.fixture
def manager(people: People) -> Caller:
    """The manager, signed in."""
    return people.manager()


@pytest.fixture
def sessions(manager: Caller) -> Iterator[Sessions]:
    """Opens sessions; what is open at the end is closed."""
    sessions = Sessions(manager)
    yield sessions
    sessions.close()


@pytest.fixture
def session_id(sessions: Sessions) -> str:
    """An open session."""
    return sessions.open()


@pytest.fixture
def written(people: People) -> Written:
    """Counts what is written to the stream and the board from here on."""
    assert people
    return Written(STREAM)


def _keep_logs(stack: Stack, config: pytest.Config) -> None:
    kept = stack.home.with_name(f"{stack.home.name}-logs")
    shutil.copytree(stack.home / "logs", kept, dirs_exist_ok=True)
    if stack.target == "docker":
        kept.joinpath("containers.log").write_text(stack.front_door("logs", "--lines", "2000"))
    if reporter := config.pluginmanager.get_plugin("terminalreporter"):
        reporter.write_line(f"\nthe stack's logs: {kept}")
