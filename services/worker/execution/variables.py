"""The environment variables of an execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: those that Lambda defines, the function's own,
and the endpoints and credentials with which its boto3 clients reach the other services.
"""

from collections.abc import Mapping

from services.worker.functions.configuration import Function


def of(function: Function, runtime_api: str, log_stream: str, handed_on: Mapping[str, str]) -> dict[str, str]:
    """handed_on: what the worker passes to every function; runtime_api: host:port."""
    return {
        **handed_on,
        **function.variables,
        "_HANDLER": str(function.configuration["Handler"]),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.configuration['Runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": str(function.folder),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        # An edit of the same length within the same second would go unnoticed by Python's cache of compiled modules.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
