"""What a function may take of the account's concurrency, and what the account has."""

from fastapi import APIRouter, Request, Response

from cloud.errors import AwsError
from services.worker import validation
from services.worker.functions import packages, store
from services.worker.functions.names import FunctionName
from services.worker.functions.registry import Functions
from services.worker.routes import wire

_CONCURRENT = 1000  # executions, all functions together
_UNRESERVED = 100  # of them that must stay unreserved
_STORAGE = 80530636800  # bytes of code


def routes(functions: Functions) -> APIRouter:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html and its neighbours."""
    router = APIRouter()

    @router.put("/2017-10-31/functions/{name}/concurrency")
    async def put_function_concurrency(name: str, request: Request) -> Response:
        function = FunctionName(wire.name(name, request).name)
        body = await wire.body(request)
        validation.check("PutFunctionConcurrency", {**body, "FunctionName": function.name})
        reserved = int(body["ReservedConcurrentExecutions"])
        await _check(functions, function.name, reserved)
        await functions.reserve(function.name, reserved)
        return wire.answer(200, {"ReservedConcurrentExecutions": reserved})

    @router.get("/2019-09-30/functions/{name}/concurrency")
    async def get_function_concurrency(name: str, request: Request) -> Response:
        reserved = (await functions.get(FunctionName(wire.name(name, request).name))).reserved
        return wire.answer(200, {} if reserved is None else {"ReservedConcurrentExecutions": reserved})

    @router.delete("/2017-10-31/functions/{name}/concurrency")
    async def delete_function_concurrency(name: str, request: Request) -> Response:
        await functions.reserve(wire.name(name, request).name, None)
        return Response(status_code=204)

    @router.get("/2016-08-19/account-settings")
    @router.get("/2016-08-19/account-settings/")
    async def get_account_settings() -> Response:
        found = await functions.all()
        limits = {
            "TotalCodeSize": _STORAGE,
            "CodeSizeUnzipped": packages.UNPACKED,
            "CodeSizeZipped": store.ZIPPED,
            "ConcurrentExecutions": _CONCURRENT,
            "UnreservedConcurrentExecutions": _CONCURRENT - sum(function.reserved or 0 for function in found),
        }
        size = sum(int(function.configuration["CodeSize"]) for function in found)
        usage = {"TotalCodeSize": size, "FunctionCount": len(found)}
        return wire.answer(200, {"AccountLimit": limits, "AccountUsage": usage})

    return router


async def _check(functions: Functions, name: str, reserved: int) -> None:
    others = sum(function.reserved or 0 for function in await functions.all() if function.name != name)
    if _CONCURRENT - others - reserved < _UNRESERVED:
        raise AwsError(
            "InvalidParameterValueException",
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{_UNRESERVED}].",
        )
