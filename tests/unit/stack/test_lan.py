"""A room's network: which address, which boxes, and that nothing else is reached from it."""

import configparser
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloud.errors import ConfigError
from stack import boxes, compose, lan
from stack.settings import ROOT, Settings, from_env, resolved
from stack.supervisor import configuration

MINE = ["127.0.0.1", "192.168.1.20", "169.254.7.7", "10.0.0.5"]
ROOM = "192.168.1.20"


def test_an_address_of_this_machine_is_taken() -> None:
    """Without the variable nothing is opened."""
    assert lan.chosen(ROOM, lambda: MINE) == ROOM
    assert lan.chosen("", lambda: MINE) == ""


@pytest.mark.parametrize("wanted", ["192.168.1.21", "127.0.0.1", "0.0.0.0", "169.254.7.7", "fe80::1", "laptop", "yes"])
def test_any_other_is_refused_with_those_that_there_are(wanted: str) -> None:
    """All interfaces at once are no room's network either."""
    with pytest.raises(ConfigError, match=r"this machine has 10\.0\.0\.5, 192\.168\.1\.20"):
        lan.chosen(wanted, lambda: MINE)


def test_auto_is_one_of_this_machines_addresses_or_says_that_there_is_none() -> None:
    """No packet is sent to find out."""
    leading_out = lan.leading_out()
    if leading_out and not leading_out.startswith(("127.", "169.254.")):
        assert lan.chosen("auto") == leading_out
    with pytest.raises(ConfigError, match="is it on a network"):
        lan.chosen("auto", list)


@pytest.mark.parametrize("box", boxes.ALL)
def test_only_site_and_gateway_listen_there(box: boxes.Box) -> None:
    """They allow the address as a host; the emulator and the Lambda API neither listen there nor answer its pages."""
    parser = configparser.RawConfigParser()
    parser.read_string(configuration(ROOM, "laptop.local"))
    given = parser[f"program:{box.name}"]["environment"]

    assert (f'FOGBANK_BIND="127.0.0.1,{ROOM}"' in given) == (box.name in {"site", "gateway"})
    assert (ROOM in given) == (box.name in {"site", "gateway"})
    assert ("laptop.local" in given) == (box.name in {"site", "gateway"})


def test_in_docker_it_is_the_same(tmp_path: Path) -> None:
    """A second file publishes two ports at the room's address; without FOGBANK_LAN it is not read."""
    plain = resolved(Settings(home=tmp_path), "docker")
    room = replace(plain, lan=ROOM)
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.lan.yml").read_text())["services"]

    assert set(services) == {"site", "gateway"}
    assert all(port.startswith("${FOGBANK_LAN}:") for one in services.values() for port in one["ports"])
    assert "docker-compose.lan.yml" in compose.command(room)[-1]
    assert "docker-compose.lan.yml" not in " ".join(compose.command(plain))
    assert compose.variables(room)["FOGBANK_LAN_HOSTS"].endswith(f",{ROOM}")
    assert "FOGBANK_LAN" not in compose.variables(plain)


def test_the_variable_is_the_front_doors_alone() -> None:
    """It is not handed on to every box as it is."""
    settings = from_env({"FOGBANK_LAN": "auto"})

    assert (settings.lan, settings.extra) == ("auto", {})
