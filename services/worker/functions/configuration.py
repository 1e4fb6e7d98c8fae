"""A function's configuration: what a request may set, what Lambda fills in, what it answers."""

import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cloud.errors import AwsError
from services.worker.functions import code as codes

# Lambda sets these itself: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
_SETTABLE = ("Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "Environment", "TracingConfig")
_VARIABLES_LIMIT = 4096  # bytes, all names and values together


@dataclass(frozen=True)
class Function:
    """A function as kept: its FunctionConfiguration as Lambda words it, where its code is, its tags."""

    configuration: dict[str, Any]
    code: dict[str, str]
    tags: dict[str, str]

    @property
    def name(self) -> str:
        return str(self.configuration["FunctionName"])

    @property
    def arn(self) -> str:
        return str(self.configuration["FunctionArn"])

    @property
    def role(self) -> str:
        return str(self.configuration["Role"])

    @property
    def timeout(self) -> int:
        """Seconds."""
        return int(self.configuration["Timeout"])

    @property
    def memory(self) -> int:
        """Megabytes."""
        return int(self.configuration["MemorySize"])

    @property
    def variables(self) -> dict[str, str]:
        return dict(self.configuration.get("Environment", {}).get("Variables", {}))

    @property
    def revision(self) -> str:
        """Changes with every change of the configuration or of where the code is."""
        return str(self.configuration["RevisionId"])

    @property
    def folder(self) -> Path:
        return Path(self.code["S3Key"])


def created(request: Mapping[str, Any], arn: str) -> Function:
    """The function that a CreateFunction request makes; AwsError as Lambda words it when it cannot be made here."""
    given = {name: request[name] for name in _SETTABLE if request.get(name) is not None}
    code = codes.check(request.get("Code") or {})
    for name in ("Handler", "Runtime"):
        if name not in given:
            raise AwsError(
                "InvalidParameterValueException",
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            )
    _check(given)
    configuration = {
        "FunctionName": arn.rpartition(":")[2],
        "FunctionArn": arn,
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "TracingConfig": {"Mode": "PassThrough"},
        **given,
        "CodeSize": 0,
        "CodeSha256": codes.sha256(code),
        "Version": "$LATEST",
        "PackageType": "Zip",
        "Architectures": request.get("Architectures") or ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{arn.rpartition(':')[2]}"},
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }
    return Function(_stamped(configuration), code, dict(request.get("Tags") or {}))


def reconfigured(function: Function, request: Mapping[str, Any]) -> Function:
    """The function after an UpdateFunctionConfiguration request; what it does not name stays."""
    given = {name: request[name] for name in _SETTABLE if request.get(name) is not None}
    _check(given)
    return Function(_stamped({**function.configuration, **given}), function.code, function.tags)


def recoded(function: Function, request: Mapping[str, Any]) -> Function:
    """The function after an UpdateFunctionCode request."""
    code = codes.check(request)
    configuration = {**function.configuration, "CodeSha256": codes.sha256(code)}
    return Function(_stamped(configuration), code, function.tags)


def _stamped(configuration: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    modified = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}+0000"
    return {**configuration, "LastModified": modified, "RevisionId": str(uuid.uuid4())}


def _check(given: Mapping[str, Any]) -> None:
    runtime = str(given.get("Runtime", "python3"))
    if not runtime.startswith("python3"):
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise AwsError(
            "InvalidParameterValueException",
            f"The runtime {runtime} does not run here: functions are python3.x (all of them run on Python {here}).",
        )
    variables: Mapping[str, str] = given.get("Environment", {}).get("Variables") or {}
    if reserved := sorted(RESERVED & set(variables)):
        raise AwsError(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}",
        )
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > _VARIABLES_LIMIT:
        raise AwsError(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided exceeded the 4KB limit.",
        )
