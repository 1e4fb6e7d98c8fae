"""Requests are refused as Lambda refuses them."""

import pytest

from cloud.errors import AwsError
from services.worker import validation


def test_an_unknown_starting_position_names_the_known_ones() -> None:
    """The list is in Lambda's order (recorded)."""
    with pytest.raises(AwsError) as refusal:
        validation.check("CreateEventSourceMapping", {"FunctionName": "f", "StartingPosition": "invalid"})

    assert refusal.value.code == "ValidationException"
    assert refusal.value.message == (
        "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: "
        "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"
    )


def test_all_violations_are_told_at_once() -> None:
    """Missing, too small, too long, of the wrong form."""
    with pytest.raises(AwsError) as refusal:
        validation.check("CreateFunction", {"FunctionName": "a b", "Timeout": 0, "Description": "x" * 257, "Code": {}})

    message = refusal.value.message
    assert message.startswith("4 validation errors detected: ")
    assert "Value null at 'role' failed to satisfy constraint: Member must not be null" in message
    assert "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or" in message
    assert "at 'description' failed to satisfy constraint: Member must have length less than or equal to 256" in message
    assert "Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expr" in message


@pytest.mark.parametrize("value", ["many", True, 1.5])
def test_a_wrong_type_is_a_serialization_error(value: object) -> None:
    """Whatever its value would be."""
    with pytest.raises(AwsError) as refusal:
        validation.check("CreateEventSourceMapping", {"FunctionName": "f", "BatchSize": value})

    assert refusal.value.code == "SerializationException"
