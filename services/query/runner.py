"""Runs queries, two at a time; the others wait. DuckDB and sqlglot are loaded when somebody asks."""

import asyncio
import contextlib
import importlib
import logging
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import Unavailable, error_code
from cloud.log import line
from cloud.tables import Item
from services.query.catalogue import Catalogue
from services.query.executions import CANCELLED, FAILED, QUEUED, RUNNING, SUCCEEDED, Executions
from services.query.failure import QueryCancelled, QueryFailed
from services.query.outlook import look
from services.query.result import Result
from services.query.settings import Settings

log = logging.getLogger(__name__)
_AT_ONCE = 2
PAUSE = 1.0  # seconds between attempts while the tables do not answer
_OFFLINE = (ClientError, BotoCoreError, Unavailable)


class Runner:
    """s3: a boto3 client."""

    def __init__(self, executions: Executions, catalogue: Catalogue, s3: Any, settings: Settings) -> None:
        self.executions = executions
        self.catalogue = catalogue
        self.s3 = s3
        self.settings = settings
        self.trouble = ""
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._engines: dict[str, Any] = {}
        self._stop = asyncio.Event()

    async def begin(self) -> None:
        """Take up what an earlier process left open: a query only reads, and may be run again."""
        while not self._stop.is_set():
            try:
                for row in await self.executions.left_behind():
                    self.submit(row)
            except _OFFLINE as error:
                self.trouble = f"tables: {error}"
                await self._rest()
            else:
                self.trouble = ""
                return

    def submit(self, row: Item) -> None:
        """Run a query as soon as its turn comes."""
        task = asyncio.create_task(self._run(row))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def cancel(self, name: str) -> None:
        """Stop a query; one that has ended stays as it is."""
        if await self.executions.move(name, QUEUED, CANCELLED):
            return
        if await self.executions.move(name, RUNNING, CANCELLED) and (engine := self._engines.get(name)):
            engine.stop("cancelled")

    async def close(self) -> None:
        """Leave what runs to the next process."""
        self._stop.set()
        for engine in list(self._engines.values()):
            engine.stop("closed")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, row: Item) -> None:
        async with self._slots:
            if not await self._move(row["id"], QUEUED, RUNNING):
                return
            began = time.monotonic()
            state, more = await self._outcome(row)
            took = int((time.monotonic() - began) * 1000)
            await self._move(row["id"], RUNNING, state, took=took, **more)
            log.info(line("query", id=row["id"], state=state, ms=took, scanned=more.get("scanned", 0)))

    async def _move(self, name: str, before: str, after: str, **more: Any) -> bool:
        """Change a state, as soon as the tables answer: whoever waits for the query would wait for ever.

        False when it is another's doing. A change whose answer never came is seen in the row.
        """
        while True:
            try:
                if await self.executions.move(name, before, after, **more):
                    return True
                row = await self.executions.table.get({"id": name})
                return bool(row and (row["state"], row["owner"]) == (after, self.executions.owner))
            except _OFFLINE as error:
                log.warning(line("query-state-not-kept", id=name, state=after, error=error))
                await self._rest()

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), PAUSE)

    async def _outcome(self, row: Item) -> tuple[str, dict[str, Any]]:
        try:
            result = await self._result(row)
            await asyncio.to_thread(self._keep, row, result)
        except QueryCancelled:
            return CANCELLED, {}
        except QueryFailed as error:
            return FAILED, {"reason": str(error), "category": error.category}
        except _OFFLINE as error:
            return FAILED, {"reason": f"GENERIC_INTERNAL_ERROR: {error}", "category": 1}
        except Exception as error:  # no query takes the box down
            log.exception(line("query-failed", id=row["id"]))
            return FAILED, {"reason": f"GENERIC_INTERNAL_ERROR: {error}", "category": 1}
        return SUCCEEDED, {"scanned": result.scanned}

    async def _result(self, row: Item) -> Result:
        shown = await asyncio.to_thread(look, row["text"], row["database"], self.catalogue)
        if shown is not None:
            return shown
        module = await asyncio.to_thread(importlib.import_module, "services.query.engine")
        engine = await asyncio.to_thread(module.Engine, self.catalogue, self.s3, self.settings.memory)
        self._engines[row["id"]] = engine
        timer = asyncio.get_running_loop().call_later(self.settings.timeout, engine.stop, "timeout")
        try:
            result: Result = await asyncio.to_thread(engine.run, row["text"], row["database"])
            return result
        finally:
            timer.cancel()
            self._engines.pop(row["id"], None)

    def _keep(self, row: Item, result: Result) -> None:
        """Write the result where it was asked for; the bucket that nobody has named is made."""
        bucket, _, key = row["location"].removeprefix("s3://").partition("/")
        body = result.csv() if result.header else result.text()
        try:
            self._put(bucket, key, body, result)
        except ClientError as error:
            if error_code(error) != "NoSuchBucket":
                raise
            if not row["location"].startswith(self.settings.results):
                raise QueryFailed("INVALID_INPUT", f"The S3 location {row['location']} does not exist") from error
            self.s3.create_bucket(Bucket=bucket, **_where(self.settings.region))
            self._put(bucket, key, body, result)

    def _put(self, bucket: str, key: str, body: bytes, result: Result) -> None:
        self.s3.put_object(Bucket=bucket, Key=f"{key}.metadata", Body=result.metadata())
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/csv" if result.header else "text/plain")


def _where(region: str) -> dict[str, Any]:
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
