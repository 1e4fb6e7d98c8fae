"""What the caller's variables mean to the front door."""

from pathlib import Path

import pytest

from cloud.errors import ConfigError
from stack.settings import ROOT, Ports, Settings, from_env, resolved


def test_nothing_set_means_the_addresses_of_the_readme() -> None:
    """Without any variable the stack lies in the clone and takes the documented ports."""
    settings = from_env({})

    assert Settings(home=ROOT / ".fogbank", ports=Ports(8080, 8000, 8001, 4566, 4567, 4568)) == settings


def test_each_port_has_a_variable() -> None:
    """FOGBANK_<NAME>_PORT moves a port, and nothing else."""
    settings = from_env({"FOGBANK_GATEWAY_PORT": "9000"})

    assert Ports(gateway=9000) == settings.ports
    assert settings.ports.environment()["FOGBANK_GATEWAY_PORT"] == "9000"


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"MODE": "cloud"}, "MODE=cloud is not known; it can be local, docker"),
        ({"EMULATOR": "moto"}, "both, ministack, localstack"),
        ({"FOGBANK_SITE_PORT": "80"}, "FOGBANK_SITE_PORT=80 is not a number from 1024"),
        ({"FOGBANK_SITE_PORT": "http"}, "FOGBANK_SITE_PORT=http"),
        ({"FOGBANK_SITE_PORT": "8000"}, "FOGBANK_SITE_PORT and FOGBANK_GATEWAY_PORT are both 8000"),
        ({"MODE": "local", "EMULATOR": "localstack"}, "needs Docker"),
        ({"FOGBANK_WORKERS": "0"}, "FOGBANK_WORKERS=0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(environ: dict[str, str], text: str) -> None:
    """The error names the variable, its value and what is possible."""
    with pytest.raises(ConfigError, match=text):
        from_env(environ)


def test_a_relative_home_is_below_the_clone() -> None:
    """FOGBANK_HOME means the same folder wherever make is called from."""
    assert from_env({"FOGBANK_HOME": "elsewhere"}).home == ROOT / "elsewhere"


@pytest.mark.parametrize(("mode", "emulator"), [("local", "ministack"), ("docker", "both")])
def test_a_target_has_an_emulator_of_its_own_choice(mode: str, emulator: str) -> None:
    """Without EMULATOR, processes use MiniStack and containers both."""
    assert emulator == resolved(Settings(), mode).emulator


def test_settings_survive_their_note() -> None:
    """What stack.json holds gives the same settings back."""
    settings = from_env({"MODE": "docker", "FOGBANK_HOME": "/var/tmp/somewhere", "FOGBANK_SITE_PORT": "9080"})

    assert Settings.from_json(settings.to_json()) == settings
    assert isinstance(Settings.from_json(settings.to_json()).home, Path)


def test_the_token_is_not_kept() -> None:
    """LOCALSTACK_AUTH_TOKEN changes who answers, but never reaches a file of ours."""
    settings = from_env({"LOCALSTACK_AUTH_TOKEN": "ls-very-secret"})

    assert settings.licensed
    assert "ls-very-secret" not in str(settings.to_json())


def test_what_only_a_box_knows_is_handed_on() -> None:
    """On both targets alike, and only that."""
    settings = from_env({"FOGBANK_COALESCE_MS": "5", "FOGBANK_POLL_INTERVAL_MS": "90", "FOGBANK_PASSWORD_ADA": "x"})

    assert settings.extra == {"FOGBANK_COALESCE_MS": "5", "FOGBANK_POLL_INTERVAL_MS": "90"}
