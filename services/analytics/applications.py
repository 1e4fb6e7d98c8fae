"""The applications: what is declared of each, kept in DynamoDB; the API's actions on them.

https://docs.aws.amazon.com/managed-flink/latest/apiv2/API_Operations.html
"""

import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cloud.errors import AwsError
from cloud.json_protocol import Action
from cloud.tables import Conflict, Item, Table
from services.analytics.dialect import Refused
from services.analytics.parser import parse
from services.analytics.program import Program
from services.analytics.settings import Settings
from services.analytics.source import idle_timeout, initial_position

APPLICATIONS = "FogbankApplications"
_STOPPED, _STARTING, _RUNNING = "READY", "STARTING", "RUNNING"
_PAGE = 50


class Applications:
    """woken: called when there is something new to do; forget: drops an application's state."""

    def __init__(
        self,
        table: Table,
        settings: Settings,
        woken: Callable[[], None],
        forget: Callable[[str], Awaitable[None]],
    ) -> None:
        self.table = table
        self.forget = forget
        self.settings = settings
        self.woken = woken

    def actions(self) -> Mapping[str, Action]:
        """The API's actions by name."""
        return {
            "CreateApplication": self.create,
            "DescribeApplication": self.describe,
            "ListApplications": self.listing,
            "UpdateApplication": self.update,
            "StartApplication": self.start,
            "StopApplication": self.stop,
            "DeleteApplication": self.delete,
        }

    async def all(self) -> list[Item]:
        """All rows."""
        return await self.table.scan()

    async def create(self, request: dict[str, Any]) -> Mapping[str, Any]:
        """READY, not running yet."""
        configuration = request.get("ApplicationConfiguration") or {}
        code = (configuration.get("ApplicationCodeConfiguration") or {}).get("CodeContent") or {}
        text = code.get("TextContent", "")
        _checked(text)
        name = request["ApplicationName"]
        item: Item = {
            "name": name,
            "identity": uuid.uuid4().hex,
            "text": text,
            "runtime": request["RuntimeEnvironment"],
            "role": request["ServiceExecutionRole"],
            "about": request.get("ApplicationDescription", ""),
            "status": _STOPPED,
            "version": 1,
            "created": int(time.time()),
            "updated": int(time.time()),
        }
        try:
            await self.table.create(item)
        except Conflict as error:
            raise AwsError("ResourceInUseException", f"Application {name} already exists") from error
        return {"ApplicationDetail": self._detail(item)}

    async def describe(self, request: dict[str, Any]) -> Mapping[str, Any]:
        """One application."""
        return {"ApplicationDetail": self._detail(await self._get(request["ApplicationName"]))}

    async def listing(self, request: dict[str, Any]) -> Mapping[str, Any]:
        """By name, in pages."""
        rows = sorted(await self.all(), key=lambda row: str(row["name"]))
        rest = [row for row in rows if row["name"] > request.get("NextToken", "")]
        page = rest[: min(request.get("Limit", _PAGE), _PAGE)]
        more = {"NextToken": page[-1]["name"]} if len(page) < len(rest) else {}
        return {"ApplicationSummaries": [self._summary(row) for row in page], **more}

    async def update(self, request: dict[str, Any]) -> Mapping[str, Any]:
        """New text: an application that runs goes on with it from where it is; windows of the old text are let go."""
        row = await self._get(request["ApplicationName"])
        expected = request.get("CurrentApplicationVersionId", row["version"])
        changes = request.get("ApplicationConfigurationUpdate") or {}
        code = changes.get("ApplicationCodeConfigurationUpdate") or {}
        text = str((code.get("CodeContentUpdate") or {}).get("TextContentUpdate", row["text"]))
        _checked(text)
        changed = {"text": text, "version": row["version"] + 1, "updated": int(time.time())}
        return {"ApplicationDetail": self._detail(await self._change(row["name"], changed, {"version": expected}))}

    async def start(self, request: dict[str, Any]) -> Mapping[str, Any]:
        """STARTING, and RUNNING once a replica reads."""
        await self._move(request["ApplicationName"], (_STOPPED,), _STARTING)
        return {"OperationId": uuid.uuid4().hex}

    async def stop(self, request: dict[str, Any]) -> Mapping[str, Any]:
        """READY: open windows and positions are kept for the next start."""
        await self._move(request["ApplicationName"], (_STARTING, _RUNNING), _STOPPED)
        return {"OperationId": uuid.uuid4().hex}

    async def delete(self, request: dict[str, Any]) -> Mapping[str, Any]:
        """Gone, and its state with it."""
        row = await self._get(request["ApplicationName"])
        await self.table.delete({"name": row["name"]})
        await self.forget(row["name"])
        self.woken()
        return {}

    async def note_running(self, name: str) -> None:
        """A replica reads its stream."""
        try:
            await self.table.update({"name": name}, {"status": _RUNNING}, {"status": _STARTING})
        except Conflict:
            return  # stopped meanwhile, or known already

    async def _move(self, name: str, before: tuple[str, ...], status: str) -> None:
        row = await self._get(name)
        if row["status"] not in before:
            raise AwsError("ResourceInUseException", f"Application {name} is {row['status']}")
        await self._change(name, {"status": status}, {"status": row["status"]})

    async def _change(self, name: str, changes: Item, expected: Item) -> Item:
        try:
            row = await self.table.update({"name": name}, changes, expected)
        except Conflict as error:
            raise AwsError("ConcurrentModificationException", f"Application {name} has just been changed") from error
        self.woken()
        return row

    async def _get(self, name: str) -> Item:
        row = await self.table.get({"name": name})
        if row is None:
            raise AwsError("ResourceNotFoundException", f"Application {name} does not exist")
        return row

    def _summary(self, row: Item) -> dict[str, Any]:
        place = f"{self.settings.region}:{self.settings.account}"
        return {
            "ApplicationName": row["name"],
            "ApplicationARN": f"arn:aws:kinesisanalytics:{place}:application/{row['name']}",
            "ApplicationStatus": row["status"],
            "ApplicationVersionId": row["version"],
            "RuntimeEnvironment": row["runtime"],
            "ApplicationMode": "STREAMING",
        }

    def _detail(self, row: Item) -> dict[str, Any]:
        code = {"CodeContentType": "PLAINTEXT", "CodeContentDescription": {"TextContent": row["text"]}}
        return {
            **self._summary(row),
            "ApplicationDescription": row["about"],
            "ServiceExecutionRole": row["role"],
            "CreateTimestamp": row["created"],
            "LastUpdateTimestamp": row["updated"],
            "ApplicationConfigurationDescription": {"ApplicationCodeConfigurationDescription": code},
        }


def edition(row: Item) -> tuple[str, int]:
    """Changes with the application's text, and when it was deleted and made again."""
    return row["identity"], row["version"]


def runs(row: Item) -> bool:
    """Whether the application is to run."""
    return row["status"] in {_STARTING, _RUNNING}


def _checked(text: str) -> Program:
    """The program of a text; Flink's error for a text that is none."""
    try:
        program = parse(text)
        initial_position(program.source)
        idle_timeout(program.source)
    except (Refused, ValueError) as error:
        raise AwsError("CodeValidationException", f"The application's code is not valid: {error}") from error
    return program
