"""Query executions: what is known of each, kept in DynamoDB, so that a restart forgets none.

https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html
"""

import contextlib
import time
import uuid
from typing import Any

from cloud.errors import AwsError
from cloud.tables import Conflict, Item, Table
from services.query.settings import Settings

EXECUTIONS = "FogbankQueryExecutions"
QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"
OPEN = (QUEUED, RUNNING)
_TOKENS = uuid.UUID("6f1d3a52-7c1e-4c39-9d2b-4d8f0f6f8f55")
_DDL = ("SHOW", "DESCRIBE", "DESC", "CREATE", "DROP", "ALTER", "MSCK")


class Executions:
    """owner: this process."""

    def __init__(self, table: Table, settings: Settings, owner: str) -> None:
        self.table = table
        self.settings = settings
        self.owner = owner

    async def create(self, request: dict[str, Any]) -> tuple[Item, bool]:
        """A new one, QUEUED; whether it is new: the same ClientRequestToken gives the same one again."""
        token = request.get("ClientRequestToken")
        name = str(uuid.uuid5(_TOKENS, token) if token else uuid.uuid4())
        text = request["QueryString"]
        place = (request.get("ResultConfiguration") or {}).get("OutputLocation") or self.settings.results
        first = text.split(maxsplit=1)[0].upper() if text.split() else ""
        item: Item = {
            "id": name,
            "text": text,
            "kind": "DDL" if first in _DDL else "UTILITY" if first == "EXPLAIN" else "DML",
            "database": (request.get("QueryExecutionContext") or {}).get("Database") or "default",
            "location": f"{place.rstrip('/')}/{name}.{'txt' if first in _DDL else 'csv'}",
            "state": QUEUED,
            "reason": "",
            "category": 0,
            "submitted": time.time(),
            "ended": 0,
            "took": 0,
            "scanned": 0,
            "owner": self.owner,
        }
        try:
            await self.table.create(item)
        except Conflict:
            known = await self.get(name)
            if known["text"] != text:
                raise AwsError("InvalidRequestException", "Idempotent parameters do not match") from None
            return known, False
        return item, True

    async def get(self, name: str) -> Item:
        """One of them; Athena's error when there is none."""
        item = await self.table.get({"id": name})
        if item is None:
            raise AwsError("InvalidRequestException", f"QueryExecution {name} was not found")
        return item

    async def all(self) -> list[Item]:
        """The newest first."""
        return sorted(await self.table.scan(), key=lambda row: (-row["submitted"], row["id"]))

    async def left_behind(self) -> list[Item]:
        """Those that earlier processes have not ended, now this process's. What one that still runs has is run twice,
        which does no harm, and a container that was made anew has another name."""
        found = []
        for row in await self.all():
            if row["state"] in OPEN and row["owner"] != self.owner:
                changed = {"owner": self.owner, "state": QUEUED}
                expected = {"owner": row["owner"], "state": row["state"]}
                with contextlib.suppress(Conflict):  # it has ended, or somebody else took it up
                    found.append(await self.table.update({"id": row["id"]}, changed, expected))
        return found[::-1]

    async def move(self, name: str, before: str, after: str, **more: Any) -> Item | None:
        """Change a state; None when it is not what it was taken for."""
        if after not in OPEN:
            more["ended"] = time.time()
        try:
            return await self.table.update({"id": name}, {"state": after, **more}, {"state": before})
        except Conflict:
            return None


def described(row: Item) -> dict[str, Any]:
    """As GetQueryExecution tells it."""
    status: dict[str, Any] = {"State": row["state"], "SubmissionDateTime": row["submitted"]}
    if row["ended"]:
        status["CompletionDateTime"] = row["ended"]
    if row["reason"]:
        status["StateChangeReason"] = row["reason"]
    if row["state"] == FAILED:
        error = {"ErrorCategory": row["category"], "ErrorType": 1006, "Retryable": False}
        status["AthenaError"] = {**error, "ErrorMessage": row["reason"]}
    total = int(((row["ended"] or time.time()) - row["submitted"]) * 1000)
    return {
        "QueryExecutionId": row["id"],
        "Query": row["text"],
        "StatementType": row["kind"],
        "ResultConfiguration": {"OutputLocation": row["location"]},
        "QueryExecutionContext": {"Database": row["database"], "Catalog": "awsdatacatalog"},
        "Status": status,
        "Statistics": {
            "EngineExecutionTimeInMillis": row["took"],
            "DataScannedInBytes": row["scanned"],
            "TotalExecutionTimeInMillis": total,
        },
        "WorkGroup": "primary",
        "EngineVersion": {
            "SelectedEngineVersion": "Athena engine version 3",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
    }
