"""What a function may not be set to: what Lambda refuses, and what would silently behave otherwise here."""

import re
import sys
from collections.abc import Mapping
from typing import Any

from cloud.errors import AwsError

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
_VARIABLES_LIMIT = 4096  # bytes, all names and values together
_RUNTIMES = re.compile(r"python3(\.\d+)?|nodejs(1[89]|2\d)\.x|provided(\.al2(023)?)?")
_NOT_HERE = ("Layers", "FileSystemConfigs", "ImageConfig", "CapacityProviderConfig", "DurableConfig")


def check(request: Mapping[str, Any]) -> None:
    """InvalidParameterValueException for settings that a function cannot have here."""
    _check_runtime(str(request.get("Runtime") or "python3"))
    _check_variables((request.get("Environment") or {}).get("Variables") or {})
    _check_dead_letters(str((request.get("DeadLetterConfig") or {}).get("TargetArn") or ""))
    if (request.get("LoggingConfig") or {}).get("LogFormat", "Text") != "Text":
        raise invalid("LogFormat JSON is not supported here: logs are text.")
    if request.get("PackageType", "Zip") != "Zip":
        raise invalid("PackageType Image is not supported here: functions are zip files or folders.")
    for name in _NOT_HERE:
        if request.get(name):
            raise invalid(f"{name} is not supported here.")


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def _check_runtime(runtime: str) -> None:
    if not _RUNTIMES.fullmatch(runtime):
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise invalid(
            f"The runtime {runtime} does not run here: functions are python3.x (all of them run on Python {here}), "
            "nodejs18.x to nodejs24.x (on this machine's Node.js), or provided.* with a bootstrap of their own."
        )


def _check_variables(variables: Mapping[str, str]) -> None:
    if reserved := sorted(RESERVED & set(variables)):
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > _VARIABLES_LIMIT:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided exceeded the 4KB limit."
        )


def _check_dead_letters(target: str) -> None:
    if target and (target.split(":")[2:3] not in (["sqs"], ["sns"]) or target.endswith(".fifo")):
        raise invalid(f"The dead-letter target must be an SQS or SNS standard ARN, not {target}")
