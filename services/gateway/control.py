"""The part of API Gateway's own API that a lab's code may use: GetStage and UpdateStage of a stage's variables.

AWS page: https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html
"""

import logging
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from cloud.errors import AwsError
from cloud.log import line
from services.gateway.messages import CallFailed, CallTimedOut
from services.gateway.stages import BadPatch, Stages, Unknown, read_patch

LOG = logging.getLogger(__name__)
_PATH = "/restapis/{api}/stages/{stage}"

Describe = Callable[[str, str], dict[str, Any]]
"""From an API and a stage to GetStage's answer without its variables."""


def router(stages: Stages, describe: Describe) -> APIRouter:
    """The routes, as boto3's client "apigateway" calls them."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(_PATH)
    async def get_stage(api: str, stage: str) -> Response:
        return _answer(lambda: _stage(stages, describe, api, stage))

    @routes.patch(_PATH)
    async def update_stage(api: str, stage: str, request: Request) -> Response:
        try:
            changes = read_patch(_operations(await request.body()))
            if not stages.knows((api, stage)):
                raise Unknown
            await stages.update((api, stage), changes)
        except AwsError as error:
            return _error(error)
        except (CallFailed, CallTimedOut) as error:
            return _error(AwsError("ServiceUnavailableException", f"The stage cannot be stored now: {error}", 503))
        LOG.info(line("updated", stage=f"{api}/{stage}", variables=",".join(changes)))
        return _answer(lambda: _stage(stages, describe, api, stage))

    return routes


def _operations(body: bytes) -> list[Any]:
    try:
        operations = orjson.loads(body)["patchOperations"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadPatch("Invalid patch document") from error
    if not isinstance(operations, list) or not all(isinstance(item, dict) for item in operations):
        raise BadPatch("Invalid patch document")
    return operations


def _stage(stages: Stages, describe: Describe, api: str, stage: str) -> dict[str, Any]:
    if not stages.knows((api, stage)):
        raise Unknown
    return {**describe(api, stage), "variables": dict(stages.variables((api, stage)))}


def _answer(make: Callable[[], dict[str, Any]]) -> Response:
    try:
        return Response(orjson.dumps(make()), media_type="application/json")
    except AwsError as error:
        return _error(error)


def _error(error: AwsError) -> Response:
    body = orjson.dumps({"message": error.message})
    return Response(body, error.status, {"x-amzn-ErrorType": error.code}, "application/json")
