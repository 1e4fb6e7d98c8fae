"""The worker's settings."""

import pytest

from cloud.errors import ConfigError
from services.worker.settings import from_env


def test_an_empty_environment_gives_the_defaults() -> None:
    """The worker listens on this machine only, on port 8001, and polls five times a second."""
    settings = from_env({})

    assert (settings.bind, settings.port, settings.poll_interval) == ("127.0.0.1", 8001, 0.2)


def test_functions_get_endpoints_and_credentials_and_nothing_else_of_ours() -> None:
    """What the worker is told about itself, or where its own code lies, is no function's business."""
    environ = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:8001",
        "AWS_ACCESS_KEY_ID": "test",
        "FOGBANK_HOME": "/home",
        "PYTHONPATH": "/repository",
        "LOCALSTACK_AUTH_TOKEN": "secret",
    }

    assert from_env(environ).function_environment == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:8001",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@pytest.mark.parametrize("value", ["often", "0", "-5"])
def test_a_senseless_number_is_named(value: str) -> None:
    """The error says which variable is wrong."""
    with pytest.raises(ConfigError, match="FOGBANK_POLL_INTERVAL_MS"):
        from_env({"FOGBANK_POLL_INTERVAL_MS": value})


def test_windows_may_end_without_an_allowance() -> None:
    """0 seconds are allowed where other pauses must be above 0; less than 0 is not."""
    assert from_env({"FOGBANK_WINDOW_IDLE_SECONDS": "0"}).window_idle == 0
    with pytest.raises(ConfigError, match="FOGBANK_WINDOW_IDLE_SECONDS"):
        from_env({"FOGBANK_WINDOW_IDLE_SECONDS": "-1"})
