"""What the contract tests share: a browser, and the emulators. A module's SERVICE decides on which its cases run."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import Complaints
from tests.browser import chromium as installed_chromium
from tests.contract import emulators, rest_functions, rest_stack, rest_stub
from tests.contract.emulators import SERVED, Emulator

LONGEST = (
    "test_wild_rydes_readme.py",
    "test_playing.py",
    "test_worker_faults.py",
    "test_worker_sequences.py",
    "test_lobby.py",
    "test_worker_recovery.py",
    "test_worker_sqs.py",
    "test_wild_rydes_lab.py",
    "test_worker_windows.py",
)
"""Files that wait longest, for minutes to end or for browsers: they begin first, so that none runs alone in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, all others in their order; files run side by side."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `emulator` runs on each that serves its module's SERVICE."""
    service = getattr(metafunc.module, "SERVICE", None)
    if service and "emulator" in metafunc.fixturenames:
        names = [name for name, services in SERVED.items() if service in services]
        metafunc.parametrize("emulator", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest) -> Emulator:
    """One of the emulators, running."""
    started: Emulator = request.getfixturevalue({"ministack": "mended"}.get(request.param, request.param))
    return started


@pytest.fixture(scope="session")
def localstack() -> Iterator[Emulator]:
    """The LocalStack that the environment names."""
    running = emulators.localstack(os.environ)
    if running is None:
        pytest.skip(f"no LocalStack: {emulators.LOCALSTACK} names none")
    with running.http:
        yield running


@pytest.fixture(scope="session")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """MiniStack with the mends, shared by all tests that leave it running."""
    yield from _running(emulators.mended(tmp_path_factory.mktemp("mended")))


@pytest.fixture(scope="session")
def identity(mended: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The identity box on the mended MiniStack, shared by all tests."""
    yield from _running(emulators.identity(tmp_path_factory.mktemp("identity"), mended))


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """MiniStack as it comes, shared likewise."""
    yield from _running(emulators.stock(tmp_path_factory.mktemp("stock")))


@pytest.fixture(scope="session")
def rest(mended: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[rest_stack.Rest]:
    """A gateway over the REST tests' lab, shared by all of them."""
    mended.client("ssm").put_parameter(Name=rest_stack.OUTPUTS, Value="{}", Type="String", Overwrite=True)
    with rest_stub.stub() as stub:
        stub.functions = dict(rest_functions.FUNCTIONS)
        with rest_stack.gateway(mended, stub, tmp_path_factory.mktemp("documents")) as running:
            yield running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Emulator]:
    """A mended MiniStack for one test alone, which may stop it."""
    yield from _running(emulators.mended(tmp_path))


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"test-{uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per module: while it runs, no other event loop may run in this thread."""
    with installed_chromium() as browser:
        yield browser


@pytest.fixture
def complaints() -> Complaints:
    """What the page complains of; a test that makes calls fail says so in it."""
    return Complaints()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A tab that must not have complained when the test is over; the context is the folder's own."""
    page = context.new_page()
    complaints.listen(page)
    yield page
    assert complaints.unexpected() == []


def _running(made: Emulator) -> Iterator[Emulator]:
    made.start()
    try:
        yield made
    finally:
        if made.process and made.process.poll() is None:
            made.stop()
