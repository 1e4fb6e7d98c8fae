"""A function's configuration: what a request may set, what Lambda fills in, what it answers.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cloud.errors import AwsError
from services.worker.functions import checks
from services.worker.functions.function import Function
from services.worker.functions.names import LATEST
from services.worker.functions.store import Stored

_SETTABLE = (
    *("Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "Environment", "TracingConfig"),
    *("DeadLetterConfig", "EphemeralStorage"),
)
_TRACKED = {"State": "Active", "LastUpdateStatus": "Successful"}
_BEING_MADE = "The function is being created."


def check(request: Mapping[str, Any]) -> None:
    """A CreateFunction request, but for its code."""
    if not request.get("Handler") or not request.get("Runtime"):
        raise checks.invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    checks.check(request)


def created(request: Mapping[str, Any], arn: str, code: Stored) -> Function:
    """The function that a checked CreateFunction request makes."""
    name = arn.rpartition(":")[2]
    configuration = {
        "FunctionName": name,
        "FunctionArn": arn,
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "TracingConfig": {"Mode": "PassThrough"},
        "EphemeralStorage": {"Size": 512},
        **_given(request),
        **_measured(code),
        "Version": LATEST,
        "PackageType": "Zip",
        "Architectures": request.get("Architectures") or ["x86_64"],
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": _logging(request, {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}),
        **_TRACKED,
    }
    return Function(stamped(configuration), code.where, dict(request.get("Tags") or {}))


def reconfigured(function: Function, request: Mapping[str, Any]) -> Function:
    """The function after an UpdateFunctionConfiguration request; what it does not name stays."""
    check_revision(function.revision, request)
    checks.check(request)
    configuration = {**function.configuration, **_given(request)}
    configuration["LoggingConfig"] = _logging(request, configuration["LoggingConfig"])
    return replace(function, configuration=stamped(configuration))


def recoded(function: Function, request: Mapping[str, Any], code: Stored) -> Function:
    """The function after an UpdateFunctionCode request."""
    check_revision(function.revision, request)
    configuration = {**function.configuration, **_measured(code)}
    if request.get("Architectures"):
        configuration["Architectures"] = request["Architectures"]
    return replace(function, configuration=stamped(configuration), code=code.where)


def versioned(function: Function, version: str, arn: str, description: str | None, code: Stored | None) -> Function:
    """The function as it is, as a version of its own."""
    configuration = {**function.configuration, "Version": version, "FunctionArn": arn}
    if description is not None:
        configuration["Description"] = description
    if code:
        configuration |= _measured(code)
    return Function(stamped(configuration), code.where if code else function.code)


def pending(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """What CreateFunction answers: everything is done by then, but clients expect to be told to wait."""
    return {**configuration, "State": "Pending", "StateReason": _BEING_MADE, "StateReasonCode": "Creating"}


def in_progress(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """What the updates answer, likewise."""
    reason = {"LastUpdateStatusReason": _BEING_MADE, "LastUpdateStatusReasonCode": "Creating"}
    return {**configuration, "LastUpdateStatus": "InProgress", **reason}


def stamped(configuration: dict[str, Any]) -> dict[str, Any]:
    """The configuration as changed now, with a RevisionId of its own."""
    if not configuration.get("DeadLetterConfig", {}).get("TargetArn"):  # an empty one takes it away
        configuration = {name: value for name, value in configuration.items() if name != "DeadLetterConfig"}
    now = datetime.now(UTC)
    modified = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}+0000"
    return {**configuration, "LastModified": modified, "RevisionId": str(uuid.uuid4())}


def check_revision(revision: str, request: Mapping[str, Any]) -> None:
    """PreconditionFailedException when the request is about another revision."""
    if request.get("RevisionId") not in {None, revision}:
        raise AwsError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
            412,
        )


def _given(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: request[name] for name in _SETTABLE if request.get(name) is not None}


def _measured(code: Stored) -> dict[str, Any]:
    return {"CodeSha256": code.sha256, "CodeSize": code.size}


def _logging(request: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in (request.get("LoggingConfig") or {}).items() if value}
    return {**old, **given}
