"""What holds for every test: an environment that leads nowhere, and no silent skips where it counts.

Tests are run against AWS's own addresses by nobody's wish, so whatever the caller's shell says about AWS and Fogbank is
taken away before the first test.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings

from cloud import clients

TARGETS = ("local", "docker")
OURS = ("AWS_", "FOGBANK_", "LOCALSTACK_")
OTHERS = ("MODE", "EMULATOR", "TARGET")
OF_TESTS = "FOGBANK_TEST_"  # what the caller tells the tests themselves, such as where a LocalStack runs
NOWHERE = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # the discard port: a call that a test forgot to direct fails at once
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """--target says where the end-to-end tests run the stack."""
    parser.addoption("--target", choices=TARGETS, default="local", help="run the stack as processes or in containers")


def pytest_configure() -> None:
    """Take the caller's settings away before anything reads them."""
    for name in list(os.environ):
        if (name.startswith(OURS) or name in OTHERS) and not name.startswith(OF_TESTS):
            del os.environ[name]
    os.environ.update(NOWHERE)
    # How long an example takes says how busy the machine is, and nothing about what it tests.
    settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("ours")


@pytest.fixture(scope="module", autouse=True)
def clean_module_environment() -> Iterator[None]:
    """What a module's fixtures set in the environment ends with the module: files share a process with any others."""
    with _clean_environment():
        yield


@pytest.fixture(autouse=True)
def clean_environment() -> Iterator[None]:
    """What a test sets in the environment ends with it, and so do the AWS clients that were made from it."""
    with _clean_environment():
        yield


@contextmanager
def _clean_environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    if dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)
        clients.client.cache_clear()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true a skipped test is a failure: there everything that the tests need is installed."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say so."""
    if number := _skipped(config):
        terminalreporter.write_line(f"CI=true and {number} skipped: this counts as a failure", red=True)


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return 0
    return len(reporter.stats.get("skipped", []))
