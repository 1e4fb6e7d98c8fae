"""docker-compose.yml fits the front door, and both Composes."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack import compose
from stack.compose import ORDER
from stack.containers import ALIASES
from stack.engine import _new_enough
from stack.settings import ROOT, Settings, resolved

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "localstack"]
V1_KEYS = {"version", "services", "networks", "volumes", "secrets", "configs"}


def docker(home: Path, emulator: str = "") -> Settings:
    """Target docker, with its state in home."""
    return resolved(Settings(home=home, emulator=emulator), "docker")


def test_the_boxes_stand_in_the_order_that_the_data_takes() -> None:
    """The file and the front door agree on names and order."""
    assert list(ORDER) == list(SERVICES)
    assert {alias for names in ALIASES.values() for alias in names} <= set(SERVICES)


def test_both_composes_know_every_section() -> None:
    """docker-compose 1.29 refuses what it does not know, `name` for one."""
    assert {key for key in COMPOSE if not key.startswith("x-")} <= V1_KEYS


def test_every_variable_of_the_file_is_set(tmp_path: Path) -> None:
    """Those of the boxes come from env files; these fill in the file itself."""
    code = re.sub(r"(?m)(^|\s)#.*$", "", TEXT)
    used = set(re.findall(r"\$\{(\w+)", code)) | {"FOGBANK_UID"}

    assert used <= set(compose.variables(docker(tmp_path)))


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_on_this_machine_only(name: str) -> None:
    """Nobody on the same network can reach a box."""
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_do_little(name: str) -> None:
    """A file system that cannot be written, no capabilities, no way to get more."""
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(volume.endswith(":ro") for volume in service.get("volumes", []) if volume.startswith("./"))


def test_containers_do_not_run_as_root(tmp_path: Path) -> None:
    """The image's user has the caller's id, and never root's."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert "USER fogbank" in lines
    assert compose.variables(docker(tmp_path))["FOGBANK_UID"] != "0"


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "bootstrap"])
def test_a_box_that_dies_comes_back_and_is_looked_after(name: str) -> None:
    """Process 1 is not the box itself, so that the box's death ends the container whatever killed it."""
    service = SERVICES[name]

    assert service["init"]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"


def test_only_what_boxes_run_on_goes_into_the_image() -> None:
    """Everything else is left out: state, secrets, tests."""
    rules = (ROOT / ".dockerignore").read_text().split("\n")

    assert "*" in rules
    assert not {"!.fogbank", "!.env", "!tests", "!."} & set(rules)


def test_no_localstack_when_ministack_does_all(tmp_path: Path) -> None:
    """EMULATOR=ministack leaves the profile out."""
    assert compose.variables(docker(tmp_path, "ministack"))["COMPOSE_PROFILES"] == ""
    assert compose.variables(docker(tmp_path))["COMPOSE_PROFILES"] == "localstack"
    assert SERVICES["localstack"]["profiles"] == ["localstack"]


def test_boxes_admit_each_other(tmp_path: Path) -> None:
    """Every service's name is a Host that the guard lets in."""
    names = compose.environment(docker(tmp_path))["FOGBANK_ALLOWED_HOSTS"].split(",")

    assert set(SERVICES) <= set(names)


def test_browsers_are_told_addresses_of_this_machine(tmp_path: Path) -> None:
    """A page cannot reach http://identity:4568."""
    assert compose.environment(docker(tmp_path))["FOGBANK_COGNITO_URL"] == "http://localhost:4568"


def test_two_clones_do_not_share_containers(tmp_path: Path) -> None:
    """A project's name comes of its folder, so clean in one leaves the other alone."""
    assert compose.project(docker(tmp_path / "a")) != compose.project(docker(tmp_path / "b"))


@pytest.mark.parametrize(
    ("version", "enough"),
    [("1.29.2", True), ("v2.39.1", True), ("2.0.0", True), ("1.25.0", False), ("", False), ("unknown", False)],
)
def test_compose_must_be_new_enough(version: str, enough: bool) -> None:
    """service_completed_successfully came with 1.29."""
    assert enough is _new_enough(version)


def test_the_image_that_comes_as_it_is_gains_no_rights() -> None:
    """LocalStack writes into its own file system; it may not become more than it is."""
    assert SERVICES["localstack"]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_is_let_out(name: str) -> None:
    """Neither the machine's network nor its processes, devices or Docker socket; of its folders only some, to read."""
    service = SERVICES[name]
    mounted = [one for one in service.get("volumes", []) if one.startswith((".", "/", "$", "~"))]

    assert {"privileged", "network_mode", "pid", "ipc", "devices", "cap_add", "userns_mode"} & set(service) == set()
    assert [one for one in mounted if not one.endswith(":ro")] == []


def test_a_room_reaches_two_boxes_and_is_given_no_more() -> None:
    """The file for FOGBANK_LAN adds ports of site and gateway, and names; nothing that takes limits away."""
    added = yaml.safe_load((ROOT / "docker-compose.lan.yml").read_text())["services"]

    assert {name: set(service) for name, service in added.items()} == {
        "site": {"ports", "environment"},
        "gateway": {"ports", "environment"},
    }
    assert all(port.startswith("${FOGBANK_LAN}:") for service in added.values() for port in service["ports"])


def test_fault_runs_stand_between_boxes_and_emulators(tmp_path: Path) -> None:
    """With a proxy's port set there is a file more; each emulator that serves has a port of the proxy, by which boxes
    reach it, and the proxy has its true address."""
    proxied = replace(docker(tmp_path), emulator_proxy=9000)
    told, names = compose.environment(proxied), compose.variables(proxied)
    extra: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.chaos.yml").read_text())["services"]

    assert (told["AWS_ENDPOINT_URL_KINESIS"], told["AWS_ENDPOINT_URL"]) == ("http://way:9000", "http://way:9001")
    ways = names["FOGBANK_EMULATOR_WAYS"].split(",")
    assert sorted(ways) == ["9000=http://ministack:4567", "9001=http://localstack:4566"]
    assert "way" in told["FOGBANK_ALLOWED_HOSTS"].split(",")
    assert compose.command(proxied)[-1].endswith("docker-compose.chaos.yml")
    assert not compose.command(docker(tmp_path))[-1].endswith("docker-compose.chaos.yml")
    assert (extra["way"]["read_only"], extra["way"]["cap_drop"], "ports" in extra["way"]) == (True, ["ALL"], False)


def test_all_of_our_boxes_in_fault_runs_have_a_clock_that_can_be_set_wrong() -> None:
    """Except the relay, which asks none, and the one that ends at once."""
    extra: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.chaos.yml").read_text())["services"]

    assert set(extra) - {"way"} == {*OURS} - {"lambda", "bootstrap"}
    assert all("PYTHONPATH" in box["environment"] for name, box in extra.items() if name != "way")
