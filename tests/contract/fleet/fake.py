"""A small fake of Cognito's identity pools, Kinesis and SQS, answered inside the browser."""

import base64
import json
import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser import SOON
from tests.contract.fleet.fake_live import FakeLive

AWS = "http://127.0.0.1:4566"
POOL = "us-east-1:12345678-1234-1234-1234-123456789012"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HEADERS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "authorization, *"}


@dataclass
class Shard:
    """records as GetRecords has them. children: set once it was split."""

    records: list[dict[str, Any]] = field(default_factory=list)
    children: tuple[str, ...] = ()


@dataclass
class FakeAws:
    """The calls of the lab's pages, with AWS's shapes. refusal: (operation, error, text) that is answered with 400."""

    shards: dict[str, Shard] = field(default_factory=lambda: {"shardId-0": Shard()})
    away: bool = False
    refusal: tuple[str, ...] | None = None
    letters: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    number: int = 0
    live: FakeLive = field(default_factory=FakeLive)

    def put(self, shard: str, reading: dict[str, Any], arrived: float) -> None:
        """A record into a shard; arrived: ms."""
        self.number += 1
        data = base64.b64encode(json.dumps(reading).encode() + b"\n").decode()
        record = {"SequenceNumber": str(self.number), "Data": data, "ApproximateArrivalTimestamp": arrived / 1000}
        self.shards[shard].records.append(record)
        self.live.put(reading, arrived)

    def reads(self) -> int:
        return sum(operation == "GetRecords" for operation, _ in self.calls)

    def answer(self, route: Route) -> None:
        """Fulfil any call, a preflight included."""
        request = route.request
        if self.away:
            return route.abort("internetdisconnected")
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        body = json.loads(request.post_data or "{}")
        self.calls.append((operation, body))
        self.authorizations.append(request.headers.get("authorization", ""))
        if self.refusal and self.refusal[0] == operation:
            reply = json.dumps({"__type": self.refusal[1], "message": self.refusal[2]})
            return route.fulfill(status=400, headers=HEADERS, body=reply)
        answer = getattr(self, f"_{operation}")(body)
        return route.fulfill(status=200, headers=HEADERS, body=json.dumps(answer))

    def _GetId(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body == {"IdentityPoolId": POOL}
        return {"IdentityId": "us-east-1:somebody"}

    def _GetCredentialsForIdentity(self, body: dict[str, Any]) -> dict[str, Any]:
        given = {"AccessKeyId": "ASIAEXAMPLE", "SecretKey": "secret", "SessionToken": "token", "Expiration": 1.9e9}
        return {"IdentityId": body["IdentityId"], "Credentials": given}

    def _ListShards(self, _: dict[str, Any]) -> dict[str, Any]:
        ended = {"EndingSequenceNumber": "1"}
        shards = [(name, ended if shard.children else {}) for name, shard in self.shards.items()]
        return {"Shards": [{"ShardId": name, "SequenceNumberRange": numbers} for name, numbers in shards]}

    def _GetShardIterator(self, body: dict[str, Any]) -> dict[str, Any]:
        records = self.shards[body["ShardId"]].records
        since = body.get("Timestamp", 0), int(body.get("StartingSequenceNumber", 0))
        behind = [
            record
            for record in records
            if record["ApproximateArrivalTimestamp"] < since[0] or int(record["SequenceNumber"]) <= since[1]
        ]
        return {"ShardIterator": f"{body['ShardId']} {len(behind)}"}

    def _GetRecords(self, body: dict[str, Any]) -> dict[str, Any]:
        name, at = body["ShardIterator"].split()
        shard = self.shards[name]
        answer: dict[str, Any] = {"Records": shard.records[int(at) :], "MillisBehindLatest": 0}
        if shard.children:
            return {**answer, "ChildShards": [{"ShardId": child, "ParentShards": [name]} for child in shard.children]}
        return {**answer, "NextShardIterator": f"{name} {len(shard.records)}"}

    def _GetQueueUrl(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"QueueUrl": "http://elsewhere/queue"}

    def _ReceiveMessage(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body["QueueUrl"] == "http://elsewhere/queue"
        hidden, self.letters = self.letters, []
        self.waiting = hidden
        return {"Messages": hidden} if hidden else {}

    def _DeleteMessage(self, body: dict[str, Any]) -> dict[str, Any]:
        self.deleted.append(body["ReceiptHandle"])
        return {}


def reading(name: str, second: float, at: tuple[float, float], **more: Any) -> dict[str, Any]:
    """A reading, so many seconds after noon, at latitude and longitude."""
    time = datetime.fromtimestamp(NOON.timestamp() + second, UTC)
    moment = f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03}"
    vital = {"Distance": 30.0, "MagicPoints": 140, "HealthPoints": 150, "InputData": ""}
    return {"Name": name, "StatusTime": moment, "Latitude": at[0], "Longitude": at[1], **vital, **more}


class Fleet:
    """Unicorns on a page whose clock the test moves: each beat is a second, in which all but the muted report."""

    def __init__(self, page: Page, fake: FakeAws, names: list[str]) -> None:
        self.page, self.fake, self.names = page, fake, names
        self.muted: set[str] = set()
        self.second = 0
        self.shard = "shardId-0"
        self.is_told = False
        page.clock.install(time=NOON)
        page.clock.pause_at(NOON + timedelta(minutes=2))

    def watch(self, pool: str = POOL) -> None:
        """Open the page and start; the page reads the stream."""
        self.page.goto("/wild-rydes/")
        self.page.get_by_label("Identity pool id").fill(pool)
        self.page.get_by_role("button", name="Start").click()

    def be_told(self) -> None:
        """Open the page and start; the page is told."""
        self.page.goto("/wild-rydes/")
        self.page.get_by_label("Be told").check()
        self.page.get_by_role("button", name="Start").click()
        self.is_told = True
        self.until_asked()

    def until_asked(self, before: int = 0) -> None:
        """Until the page that is told has asked for the fleet more than so often."""
        for _ in range(2000):
            if self.fake.live.questions > before:
                return self._exchange()
            self.page.wait_for_timeout(10)
            self.page.clock.run_for(40)
        raise AssertionError("the page has not asked")

    def fly(self, seconds: int) -> None:
        """Let time pass, a second at a time, each read by the page before the next."""
        for _ in range(seconds):
            self.second += 1
            now = self.page.evaluate("Date.now()")
            for index, name in enumerate(self.names):
                if name not in self.muted:
                    self.fake.put(self.shard, reading(name, self.second, self.place(index)), now)
            if self.is_told:
                self._exchange()
            before = self.fake.reads()
            self.page.clock.fast_forward(1000)  # one frame, where run_for would draw sixty
            if self.is_told:
                self._exchange()
            elif not self.fake.away:
                self._until_read(before)
        self.page.clock.run_for(250)  # one look of the page at what it has read

    def place(self, index: int) -> tuple[float, float]:
        """Each flies its own way, six hundred metres a second, so that a few seconds show."""
        way = 0.006 * self.second * (1 + index % 5) / 3
        angle = 2 * math.pi * index / len(self.names)
        return 40.75 + way * math.cos(angle), -73.98 + way * math.sin(angle) * 1.3

    def row(self, name: str) -> Any:
        """The unicorn's row of the table."""
        return self.page.locator("#fleet tr", has=self.page.get_by_role("button", name=name, exact=True))

    def _exchange(self) -> None:
        """What goes through the socket has come and gone: the page answers only after what was sent to it before."""
        for _ in range(3):
            self.page.evaluate("0")
            self.page.wait_for_timeout(5)

    def _until_read(self, before: int) -> None:
        deadline = time.monotonic() + SOON / 1000
        while time.monotonic() < deadline:
            if self.fake.reads() > before:
                return
            self.page.wait_for_timeout(10)
            # An answer that came late has its successor due by now; only a clock that moves lets it begin.
            self.page.clock.run_for(1)
        raise AssertionError("the page has not read the stream")


def live(page: Page) -> None:
    """The page says that it is live."""
    says(page, "Live")


def says(page: Page, link: str) -> None:
    """The page says so of its link; it looks four times a second, and only while its clock runs."""
    for _ in range(100):
        if page.locator("#link").text_content() == link:
            return
        page.wait_for_timeout(50)
        page.clock.run_for(50)
    expect(page.locator("#link")).to_have_text(link)
