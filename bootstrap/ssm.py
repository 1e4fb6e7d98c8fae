"""Systems Manager: parameters; one of them, the outputs, is the sign that a lab is complete.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

import json

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes, Known
from cloud.clients import client
from labs.declare import Lab, Parameter

_STANDARD = 4096  # characters that a parameter of the standard tier holds


class Parameters:
    """AWS::SSM::Parameter of type String."""

    service = "ssm"

    def find(self, parameter: Parameter) -> Found | None:
        value = _read(parameter.Name)
        if value is None:
            return None
        declared = {} if parameter.Initial else {"Value": parameter.Value}
        return Found({"Ref": parameter.Name, "Value": value}, differences(declared, {"Value": value}))

    def put(self, parameter: Parameter, _found: Found | None) -> Attributes:
        value = str(parameter.Value)
        _write(parameter.Name, value)
        return {"Ref": parameter.Name, "Value": value}

    def delete(self, parameter: Parameter, _found: Found) -> None:
        client("ssm").delete_parameter(Name=parameter.Name)


def exists(name: str) -> bool:
    """Whether there is a parameter of that name."""
    return _read(name) is not None


def outputs_name(lab: Lab) -> str:
    """The name of the parameter that holds what a lab's resources are called: /fogbank/<lab>/outputs."""
    return f"/fogbank/{lab.name}/outputs"


def outputs(lab: Lab) -> str | None:
    """The outputs as they were written, or None."""
    return _read(outputs_name(lab))


def write_outputs(lab: Lab, known: Known) -> None:
    """Write {"<LogicalId>": {"Ref": ..., "Arn": ...}} of all resources, unless it stands there already."""
    value = json.dumps(
        {resource.logical_id: known[resource.logical_id] for resource in lab.resources}, separators=(",", ":")
    )
    if outputs(lab) != value:
        _write(outputs_name(lab), value)


def delete_outputs(lab: Lab) -> None:
    """Say that the lab is not complete any more."""
    unless_missing(client("ssm").delete_parameter, "ParameterNotFound", Name=outputs_name(lab))


def _read(name: str) -> str | None:
    answer = unless_missing(client("ssm").get_parameter, "ParameterNotFound", Name=name)
    return str(answer["Parameter"]["Value"]) if answer else None


def _write(name: str, value: str) -> None:
    tier = "Standard" if len(value) <= _STANDARD else "Advanced"
    client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True, Tier=tier)
