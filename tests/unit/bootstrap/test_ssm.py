"""The outputs parameter. botocore's Stubber plays Systems Manager."""

import json
from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from bootstrap import ssm
from cloud.clients import client
from labs.declare import Lab
from tests.unit.bootstrap.world import stream

NAME = "/fogbank/x/outputs"
LAB = Lab("x", "about x", (stream("Input"),))


@pytest.fixture
def service() -> Iterator[Stubber]:
    """A Systems Manager that answers what it is told to."""
    with Stubber(client("ssm")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def written(value: str, tier: str) -> dict[str, object]:
    """The parameters of a PutParameter call."""
    return {"Name": NAME, "Value": value, "Type": "String", "Overwrite": True, "Tier": tier}


def test_outputs_are_written_when_there_are_none(service: Stubber) -> None:
    """As JSON, logical id to attributes."""
    value = json.dumps({"Input": {"Ref": "i"}}, separators=(",", ":"))
    service.add_client_error("get_parameter", "ParameterNotFound")
    service.add_response("put_parameter", {"Version": 1}, written(value, "Standard"))

    ssm.write_outputs(LAB, {"Input": {"Ref": "i"}})


def test_outputs_that_stand_there_already_are_left_alone(service: Stubber) -> None:
    """Readers watch the parameter for changes."""
    value = '{"Input":{"Ref":"i"}}'
    service.add_response("get_parameter", {"Parameter": {"Name": NAME, "Value": value}}, {"Name": NAME})

    ssm.write_outputs(LAB, {"Input": {"Ref": "i"}})


def test_outputs_beyond_the_standard_tier_go_into_the_advanced_one(service: Stubber) -> None:
    """The standard tier holds 4,096 characters."""
    known = {"Input": {"Ref": "i" * 4096}}
    value = json.dumps(known, separators=(",", ":"))
    service.add_client_error("get_parameter", "ParameterNotFound")
    service.add_response("put_parameter", {"Version": 1}, written(value, "Advanced"))

    ssm.write_outputs(LAB, known)
