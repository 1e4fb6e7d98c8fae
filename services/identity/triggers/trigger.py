"""Invokes the functions of a pool's LambdaConfig: up to three times, five seconds each.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import AwsError, error_code
from cloud.log import line
from services.identity.pools.pool import Pool
from services.identity.visit import Visit

LOG = logging.getLogger(__name__)

BUDGET = 5.0  # seconds
ATTEMPTS = 3
_AGAIN = frozenset({"TooManyRequestsException", "ServiceException", "ThrottlingException", "RequestTimeout"})


class _TryAgain(Exception):
    """The function may answer the next time."""


class Triggers:
    """The functions that take part. executor: threads that may hang as long as a function does."""

    def __init__(self, functions: Any, region: str, executor: Executor, budget: float = BUDGET) -> None:
        self._functions = functions
        self._region = region
        self._executor = executor
        self._budget = budget

    async def run(
        self,
        visit: Visit,
        trigger: str,
        source: str,
        username: str,
        request: Mapping[str, Any],
        *,
        response: Mapping[str, Any] | None = None,
        version: str = "1",
    ) -> dict[str, Any] | None:
        """The function's response; None when the pool has no such function.

        trigger: as in LambdaConfig, "PreSignUp"; source: "PreSignUp_SignUp". Raises UserLambdaValidationException when
        the function fails, InvalidLambdaResponseException and UnexpectedLambdaException.
        """
        function = _function(visit.pool, trigger)
        if not function:
            return None
        event = {
            "version": version,
            "triggerSource": source,
            "region": self._region,
            "userPoolId": visit.pool.id,
            "userName": username,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": visit.client_id},
            "request": request,
            "response": response or {},
        }
        payload = await self._with_retries(trigger, function, orjson.dumps(event))
        return _response(trigger, payload)

    async def _with_retries(self, trigger: str, function: str, event: bytes) -> Any:
        reason = ""
        for _ in range(ATTEMPTS):
            try:
                return await asyncio.wait_for(self._invoke(trigger, function, event), self._budget)
            except TimeoutError:
                reason = "it did not answer in time"
            except _TryAgain as error:
                reason = str(error)
        LOG.warning(line("trigger", trigger=trigger, function=function, failed=reason))
        raise AwsError("UnexpectedLambdaException", f"{trigger} invocation failed due to error {reason}.")

    async def _invoke(self, trigger: str, function: str, event: bytes) -> Any:
        loop = asyncio.get_running_loop()
        try:
            answer, body = await loop.run_in_executor(self._executor, self._call, function, event)
        except ClientError as error:
            if error_code(error) in _AGAIN:
                raise _TryAgain(error_code(error)) from error
            message = f"{trigger} invocation failed due to error {error_code(error)}."
            raise AwsError("UnexpectedLambdaException", message) from error
        except BotoCoreError as error:
            raise _TryAgain(type(error).__name__) from error
        if answer.get("FunctionError"):
            raise AwsError("UserLambdaValidationException", f"{trigger} failed with error {_reason(body)}.")
        return body

    def _call(self, function: str, event: bytes) -> tuple[Mapping[str, Any], bytes]:
        answer = self._functions.invoke(FunctionName=function, Payload=event)
        return answer, answer["Payload"].read()


def version(pool: Pool) -> str:
    """The event version that the pool's token function wants: "1", "2" or "3"."""
    config = pool.triggers.get("PreTokenGenerationConfig") or {}
    return str(config.get("LambdaVersion", "V1_0"))[1:2]


def _function(pool: Pool, trigger: str) -> str:
    if trigger == "PreTokenGeneration" and (config := pool.triggers.get("PreTokenGenerationConfig")):
        return str(config["LambdaArn"])
    return str(pool.triggers.get(trigger) or "")


def _response(trigger: str, payload: bytes) -> dict[str, Any]:
    try:
        response = orjson.loads(payload)["response"]
    except (ValueError, KeyError, TypeError):
        response = None
    if not isinstance(response, dict):
        raise AwsError("InvalidLambdaResponseException", f"{trigger}: unrecognizable lambda output")
    return response


def _reason(payload: bytes) -> str:
    try:
        return str(orjson.loads(payload)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return payload[:200].decode("utf-8", "replace")
