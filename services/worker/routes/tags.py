"""Tags of functions."""

from fastapi import APIRouter, Request, Response

from cloud.errors import AwsError
from services.worker import validation
from services.worker.functions import names
from services.worker.functions.function import Function
from services.worker.functions.names import FunctionName
from services.worker.functions.registry import Functions
from services.worker.routes import wire


def routes(functions: Functions) -> APIRouter:
    """https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html and its neighbours."""
    router = APIRouter(prefix="/2017-03-31/tags")

    @router.get("/{arn:path}")
    async def list_tags(arn: str) -> Response:
        return wire.answer(200, {"Tags": (await _function(functions, arn)).tags})

    @router.post("/{arn:path}")
    async def tag_resource(arn: str, request: Request) -> Response:
        function, body = await _function(functions, arn), await wire.body(request)
        validation.check("TagResource", {**body, "Resource": function.arn})
        await functions.tag(function.name, {**function.tags, **body["Tags"]})
        return Response(status_code=204)

    @router.delete("/{arn:path}")
    async def untag_resource(arn: str, request: Request) -> Response:
        function, gone = await _function(functions, arn), set(request.query_params.getlist("tagKeys"))
        await functions.tag(function.name, {key: value for key, value in function.tags.items() if key not in gone})
        return Response(status_code=204)

    return router


async def _function(functions: Functions, arn: str) -> Function:
    name = names.parse(arn)
    if ":function:" not in arn or name.qualifier:
        raise AwsError(
            "InvalidParameterValueException", "Tags on function aliases, versions and other resources are not supported"
        )
    return await functions.get(FunctionName(name.name))
