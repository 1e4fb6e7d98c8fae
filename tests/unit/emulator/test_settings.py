"""The emulator's settings."""

from pathlib import Path

import pytest

from cloud.errors import ConfigError
from services.emulator.settings import Settings


def test_nothing_set_means_this_machine_only_and_state_that_is_kept() -> None:
    """What MiniStack is told: loopback, private folders, no listeners that nobody asked for."""
    settings = Settings.from_env({})
    told = settings.ministack()

    assert (settings.host, settings.port, settings.throttle) == ("127.0.0.1", 4566, False)
    assert told["BIND_HOST"] == "127.0.0.1"
    assert (told["PERSIST_STATE"], told["S3_PERSIST"]) == ("1", "1")
    assert (told["SFTP_ENABLED"], told["IOT_MTLS_ENABLED"]) == ("0", "0")
    assert told["AWS_ENDPOINT_URL_CLOUDWATCH"] == "http://127.0.0.1:4566"
    for folder in ("STATE_DIR", "S3_DATA_DIR", "TMPDIR"):
        assert Path(told[folder]).parent == Path(".fogbank/emulator").resolve()


def test_everything_can_be_set() -> None:
    """In a container it listens for all, and is known by its service's name."""
    settings = Settings.from_env(
        {
            "FOGBANK_BIND": "0.0.0.0",
            "FOGBANK_EMULATOR_PORT": "4567",
            "FOGBANK_HOME": "/var/lib/fogbank",
            "FOGBANK_ALLOWED_HOSTS": "laptop.local",
            "FOGBANK_LOG_LEVEL": "debug",
            "MINISTACK_HOST": "ministack",
            "SNAPSHOT_SECONDS": "0.5",
            "KINESIS_THROTTLE": "1",
            "FOGBANK_STREAM_METRICS_SECONDS": "5",
            "AWS_ENDPOINT_URL": "http://localstack:4566",
        }
    )

    assert (settings.host, settings.port, settings.name) == ("0.0.0.0", 4567, "ministack")
    assert settings.state == Path("/var/lib/fogbank/emulator/state")
    assert {"ministack", "laptop.local", "localhost"} <= settings.hosts
    assert (settings.log_level, settings.snapshot_seconds, settings.throttle) == ("DEBUG", 0.5, True)
    assert settings.metrics_seconds == 5
    assert "AWS_ENDPOINT_URL_CLOUDWATCH" not in settings.ministack()


@pytest.mark.parametrize("name", ["FOGBANK_EMULATOR_PORT", "SNAPSHOT_SECONDS"])
@pytest.mark.parametrize("value", ["many", "0", "-1"])
def test_a_number_that_is_none_is_named(name: str, value: str) -> None:
    """With what it must be."""
    with pytest.raises(ConfigError, match=f"{name} must be a .*, not {value!r}"):
        Settings.from_env({name: value})
