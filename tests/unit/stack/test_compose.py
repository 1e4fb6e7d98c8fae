"""docker-compose.yml fits the front door, and both Composes."""

import re
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
