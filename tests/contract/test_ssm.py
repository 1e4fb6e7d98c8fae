"""What Fogbank relies on of an SSM parameter store, whoever plays it."""

from typing import Any

import pytest

from tests.contract.emulators import Emulator

SERVICE = "ssm"


@pytest.fixture
def ssm(emulator: Emulator) -> Any:
    return emulator.client("ssm")


def test_a_parameter_holds_json_as_it_was_put(ssm: Any, name: str) -> None:
    """Alien Attack's session is JSON in a parameter; outputs of a lab are, too, and longer."""
    value = '{"SessionId": "2026-11-20T10:00:00", "Name": "größer 🜁", "Many": "' + "x" * 3000 + '"}'
    ssm.put_parameter(Name=f"/{name}/session", Value=value, Type="String")
    found = ssm.get_parameter(Name=f"/{name}/session")["Parameter"]

    assert found["Value"] == value
    assert found["Version"] == 1


def test_a_parameter_is_only_overwritten_when_asked_to(ssm: Any, name: str) -> None:
    """bootstrap creates a parameter that is Initial and leaves it alone afterwards."""
    ssm.put_parameter(Name=f"/{name}/p", Value="first", Type="String")
    with pytest.raises(ssm.exceptions.ParameterAlreadyExists):
        ssm.put_parameter(Name=f"/{name}/p", Value="second", Type="String")
    ssm.put_parameter(Name=f"/{name}/p", Value="third", Type="String", Overwrite=True)

    assert ssm.get_parameter(Name=f"/{name}/p")["Parameter"]["Value"] == "third"


def test_parameters_are_read_together_and_missing_ones_named(ssm: Any, name: str) -> None:
    """GET config reads several in one call."""
    for part in ("a", "b"):
        ssm.put_parameter(Name=f"/{name}/{part}", Value=part, Type="String")
    found = ssm.get_parameters(Names=[f"/{name}/a", f"/{name}/b", f"/{name}/c"])

    assert {p["Name"]: p["Value"] for p in found["Parameters"]} == {f"/{name}/a": "a", f"/{name}/b": "b"}
    assert found["InvalidParameters"] == [f"/{name}/c"]
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name=f"/{name}/c")
