"""The environment variables of an execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: those that Lambda defines, the function's own,
and the endpoints and credentials with which its boto3 clients reach the other services.
"""

from collections.abc import Mapping
from pathlib import Path

from services.worker.execution import runtimes
from services.worker.functions.function import Function


def of(
    function: Function,
    folder: Path,
    *,
    runtime_api: str,
    log_stream: str,
    handed_on: Mapping[str, str],
    node_modules: str = "",
) -> dict[str, str]:
    """handed_on: what the worker passes to every function; runtime_api: host:port; folder: of its code."""
    own = not function.runtime.startswith("provided")
    return {
        **handed_on,
        **runtimes.variables(function, folder, node_modules),
        **function.variables,
        "_HANDLER": function.handler,
        **({"AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}"} if own else {}),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": str(folder),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
    }
