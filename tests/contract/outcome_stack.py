"""A worker whose one function does in each stream's name what that stream's case says, and notes what it got.

One function, so that many cases run at once in a handful of execution environments; its behaviour stands in a file per
stream, and what it got is appended to another, one JSON line per invocation. Both survive whatever happens to a worker.
"""

import contextlib
import json
import os
import signal
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from cloud.wait import until
from tests.ports import free_port

from . import emulators
from .emulators import Emulator
from .worker_stack import Notes, Process

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tests"
REGION = "us-east-1"

CODE = """
import base64, json, os, time

CASES = os.environ["CASES"]

def data(record):
    if "kinesis" in record:
        return base64.b64decode(record["kinesis"]["data"]).decode()
    return record["dynamodb"]["Keys"]["n"]["S"]

def sequence(record):
    return record.get("kinesis", {}).get("sequenceNumber") or record["dynamodb"]["SequenceNumber"]

def key(record):
    return record["kinesis"]["partitionKey"] if "kinesis" in record else data(record)

def handler(event, context):
    records = event["Records"]
    source = event.get("eventSourceARN") or records[0]["eventSourceARN"]
    case = source.split("/")[1]
    with open(f"{CASES}/{case}.json") as text:
        does = json.load(text)
    started = time.time()
    got = [[r["eventID"].split(":")[0], key(r), data(r)] for r in records]
    entry = {"request": context.aws_request_id, "records": got, "arn": context.invoked_function_arn, "pid": os.getpid()}
    entry |= {name: event[name] for name in event if name != "Records" and does.get("window")}
    if does.get("whole"):
        entry["event"] = event
    def note():
        with open(f"{CASES}/{case}.notes", "ab", buffering=0) as notes:
            notes.write(json.dumps({**entry, "started": started, "ended": time.time()}).encode() + b"\\n")
    note_late = does.get("late")
    if not note_late:
        note()
    time.sleep(does.get("sleep", 0))
    if does.get("gate"):
        while not os.path.exists(f"{CASES}/{case}.{does['gate']}"):
            time.sleep(0.02)
    if note_late:
        note()
    bad = [r for r in records if data(r) in does.get("poison", [])]
    if does.get("always") or (does.get("final") and event.get("isFinalInvokeForWindow")):
        bad = records or [None]
    how = does.get("how", "raise")
    if bad and how == "raise":
        raise ValueError("poison")
    if bad and how == "exit":
        os._exit(3)
    if bad and how == "hang":
        time.sleep(3600)
    if bad and how == "eat":
        hoard = []
        while len(hoard) < 64:
            hoard.append(bytearray(os.urandom(1) * (8 << 20)))
    if how == "print":
        for _ in range(1024):
            print("x" * 1023)
    if how == "large":
        return "x" * (7 << 20)
    if does.get("window"):
        state = event["state"]
        if data(records[0]) in does.get("huge", []) if records else False:
            return {"state": {"text": "s" * 1048640}}
        if does.get("stateless"):
            return {"nothing": "here"}
        answer = {"state": {"count": state.get("count", 0) + len(records) - len(bad), **does.get("more", {})}}
        if bad:
            answer["batchItemFailures"] = [{"itemIdentifier": sequence(bad[0])}]
        return answer
    if bad and how == "report":
        return {"batchItemFailures": [{"itemIdentifier": sequence(bad[0])}]}
    return does.get("answer")
"""


@dataclass
class Outcomes:
    """emulator: where streams, queues, topics and buckets are; tables: where the worker keeps its state."""

    emulator: Emulator
    tables: Emulator
    folder: Path
    workers: list[Process] = field(default_factory=list)
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    cases: list["Case"] = field(default_factory=list)
    function: str = field(default_factory=lambda: f"does-{uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        (self.folder / "code").mkdir()
        (self.folder / "code" / "app.py").write_text(CODE)

    def client(self, service: str, url: str = "") -> Any:
        """A boto3 client of the emulator that hides no error; closed with the stack."""
        key = (service, url or self.emulator.url)
        if key not in self.clients:
            config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=90)
            self.clients[key] = boto3.client(service, endpoint_url=key[1], region_name=REGION, config=config)
        return self.clients[key]

    @property
    def api(self) -> Any:
        """Lambda, as the first worker speaks it."""
        return self.client("lambda", f"http://127.0.0.1:{self.workers[0].port}")

    def worker(self, name: str = "w1", **settings: str) -> Process:
        """Start a worker; settings are FOGBANK_ variables without that prefix."""
        port = free_port()
        environ = {
            **os.environ,
            "AWS_ENDPOINT_URL": self.emulator.url,
            "AWS_ENDPOINT_URL_DYNAMODB": self.tables.url,
            "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": self.tables.url,
            "FOGBANK_HOME": str(self.folder / "home"),
            "FOGBANK_WORKER_PORT": str(port),
            "FOGBANK_WORKER_NAME": name,
            "FOGBANK_POLL_INTERVAL_MS": "50",
            "FOGBANK_IDLE_POLL_INTERVAL_MS": "100",
            "FOGBANK_REFRESH_INTERVAL_MS": "500",
            "FOGBANK_LEASE_SECONDS": "3",
            "FOGBANK_RETRY_BACKOFF_MS": "20",
            "FOGBANK_WINDOW_IDLE_SECONDS": "0.3",
            "FOGBANK_LOG_LEVEL": "INFO",
            **{f"FOGBANK_{key}": value for key, value in settings.items()},
        }
        worker = Process("services.worker", port, self.folder / f"{name}.log", environ, "/health")
        worker.start()
        self.workers.append(worker)
        return worker

    def create_function(self, name: str = "", **settings: Any) -> str:
        """The function of all cases, or one more with other settings; returns its name."""
        made = {"Handler": "app.handler", "Runtime": "python3.13", "Role": ROLE, "Timeout": 60, **settings}
        self.api.create_function(
            FunctionName=name or self.function,
            Code={"S3Bucket": "hot-reload", "S3Key": str(self.folder / "code")},
            Environment={"Variables": {"CASES": str(self.folder)}},
            **made,
        )
        return name or self.function

    def case(self, name: str, records: Any = (), *, shards: int = 1, **does: Any) -> "Case":
        """A stream with these records, (partition key, data) or data alone, and what the function does with them."""
        stream = f"{name}-{uuid4().hex[:8]}"
        kinesis = self.client("kinesis")
        kinesis.create_stream(StreamName=stream, ShardCount=shards)
        self._active(stream)
        case = Case(self, stream, str(self._summary(stream)["StreamARN"]))
        self.cases.append(case)
        case.does(**does)
        case.put(*records)
        return case

    def forget(self) -> None:
        """Delete the streams made so far with their mappings: an emulator pays for every shard that is still polled."""
        while self.cases:
            case = self.cases.pop()
            if case.mapping:
                with contextlib.suppress(self.api.exceptions.ResourceNotFoundException):
                    self.api.delete_event_source_mapping(UUID=case.mapping)
            self._active(case.stream)  # a stream that is being split cannot be deleted
            self.client("kinesis").delete_stream(StreamName=case.stream)

    def table(self, name: str, items: Any, **does: Any) -> "Case":
        """A table with a stream; each item is put by itself. The function sees an item by its key "n"."""
        table, dynamodb = f"{name}-{uuid4().hex[:8]}", self.client("dynamodb", self.tables.url)
        made = dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "n", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "n", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        case = Case(self, table, made["TableDescription"]["LatestStreamArn"])
        case.does(**does)
        for item in items:
            dynamodb.put_item(TableName=table, Item={"n": {"S": item}})
        return case

    def queue(self, name: str) -> str:
        """Create a queue; returns its ARN."""
        queue = f"{name}-{uuid4().hex[:8]}"
        self.client("sqs").create_queue(QueueName=queue)
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"

    def received(self, arn: str, count: int = 1, timeout: float = 60) -> list[dict[str, Any]]:
        """Wait for so many messages of a queue: their bodies, parsed."""
        sqs = self.client("sqs")
        url, bodies = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"], []

        def enough() -> bool:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return len(bodies) >= count

        until(enough, timeout, what=f"{count} messages", interval=0.05)
        return bodies

    def waiting(self, arn: str) -> int:
        """How many messages a queue holds."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def positions(self, mapping: str, worker: int = 0) -> dict[str, str]:
        """The checkpoints of a mapping's shards."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.workers[worker].port}/positions", timeout=30) as reply:
            return {row["shard"]: row["checkpoint"] for row in json.loads(reply.read()) if row["mapping"] == mapping}

    def metric(self, name: str, worker: int = 0) -> float:
        """The sum of a counter's values over its labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.workers[worker].port}/metrics", timeout=30) as reply:
            lines = reply.read().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((name + "{", name + " ")))

    def close(self) -> None:
        for worker in self.workers:
            with contextlib.suppress(Exception):
                if worker.child:
                    worker.child.send_signal(signal.SIGCONT)
                worker.end()
        for made in self.clients.values():
            made.close()

    def _active(self, stream: str) -> None:
        until(lambda: self._summary(stream)["StreamStatus"] == "ACTIVE", 60, what=stream, interval=0.02)

    def _summary(self, stream: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client("kinesis").describe_stream_summary(StreamName=stream)
        return dict(found["StreamDescriptionSummary"])


@dataclass
class Case:
    """One stream, one behaviour, one mapping."""

    outcomes: Outcomes
    stream: str
    arn: str
    mapping: str = ""

    @property
    def notes(self) -> Notes:
        return Notes(self.outcomes.folder / f"{self.stream}.notes")

    def does(self, **does: Any) -> None:
        """What the function does from now on."""
        path = self.outcomes.folder / f"{self.stream}.json"
        path.with_suffix(".new").write_text(json.dumps(does))
        path.with_suffix(".new").rename(path)

    def open(self, gate: str) -> None:
        """Let the function go on that waits at this gate."""
        (self.outcomes.folder / f"{self.stream}.{gate}").touch()

    def put(self, *records: Any) -> None:
        """Put records, in order."""
        pairs = [record if isinstance(record, tuple) else ("key", str(record)) for record in records]
        for start in range(0, len(pairs), 500):
            entries = [{"PartitionKey": key, "Data": data.encode()} for key, data in pairs[start : start + 500]]
            reply = self.outcomes.client("kinesis").put_records(StreamName=self.stream, Records=entries)
            assert reply["FailedRecordCount"] == 0

    def map(self, function: str = "", **settings: Any) -> "Case":
        """Map the stream from its beginning, and wait until that is enabled."""
        settings = {"StartingPosition": "TRIM_HORIZON", **settings}
        if "destination" in settings:
            settings["DestinationConfig"] = {"OnFailure": {"Destination": settings.pop("destination")}}
        api, name = self.outcomes.api, function or self.outcomes.function
        self.mapping = api.create_event_source_mapping(FunctionName=name, EventSourceArn=self.arn, **settings)["UUID"]
        return self

    def enabled(self) -> "Case":
        """Wait until the mapping is."""
        self.wait_for_state("Enabled")
        return self

    def wait_for_state(self, state: str) -> None:
        until(lambda: self.described()["State"] == state, 60, what=state, interval=0.02)

    def described(self) -> dict[str, Any]:
        return dict(self.outcomes.api.get_event_source_mapping(UUID=self.mapping))

    def invocations(self, count: int, timeout: float = 60) -> list[list[str]]:
        """Wait for so many invocations and for the position after all records; the data of every one."""
        until(lambda: len(self.notes.entries()) >= count, timeout, what=f"{count} invocations", interval=0.05)
        return self.notes.batches()

    def done(self, timeout: float = 90) -> list[list[str]]:
        """Wait until everything in the stream is done; the data of every invocation."""
        until(lambda: self.positions() == self.ends(), timeout, what="all records to be done", interval=0.1)
        return self.notes.batches()

    def positions(self) -> dict[str, str]:
        return self.outcomes.positions(self.mapping)

    def ends(self) -> dict[str, str]:
        """By shard: the sequence number of its last record, SHARD_END where it is closed."""
        kinesis, ends = self.outcomes.client("kinesis"), {}
        for shard in kinesis.list_shards(StreamName=self.stream)["Shards"]:
            last = self.last(shard["ShardId"])
            closed = "EndingSequenceNumber" in shard["SequenceNumberRange"]
            ends[shard["ShardId"]] = "SHARD_END" if closed else last or "TRIM_HORIZON"
        return ends

    def last(self, shard: str) -> str:
        """The sequence number of a shard's last record; empty when it has none."""
        kinesis = self.outcomes.client("kinesis")
        where = {"StreamName": self.stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator, last = kinesis.get_shard_iterator(**where)["ShardIterator"], ""
        while iterator:
            page = kinesis.get_records(ShardIterator=iterator)
            if page["Records"]:
                last = str(page["Records"][-1]["SequenceNumber"])
            if not page.get("MillisBehindLatest"):
                return last
            iterator = page.get("NextShardIterator")
        return last


@contextlib.contextmanager
def outcomes(
    kind: str, folder: Path, *, behind: float = 0.0, apart: bool = False, **settings: str
) -> Iterator[Outcomes]:
    """An emulator of that kind, and a worker with the function of all cases; all end with the block.

    The worker keeps its state in a MiniStack, as where LocalStack serves the streams. behind: seconds by which the
    emulator's clock is: its records are born old; apart: two MiniStacks, one for the worker's state alone.
    """
    tables = emulators.mended(folder / "emulator")
    if behind:
        tables.command = [sys.executable, "-c", _CLOCK.format(behind)]
    streams = emulators.localstack(os.environ) if kind == "localstack" else tables
    if apart:
        streams = emulators.mended(folder / "streams")
    if streams is None:
        pytest.skip(f"no LocalStack: {emulators.LOCALSTACK} names none")
    made = Outcomes(streams, tables, folder)
    try:
        tables.start()
        if apart:
            streams.start()
        made.worker(**({**UNHURRIED, **settings} if kind == "localstack" else settings))
        made.create_function()
        yield made
    finally:
        made.close()
        for started in {tables.url: tables, streams.url: streams}.values():
            if started.process and started.process.poll() is None:
                started.stop()


_CLOCK = (
    "import runpy, time; now = time.time; "
    "time.time = lambda: now() - {}; runpy.run_module('services.emulator', run_name='__main__')"
)
KINDS = ("ministack", "localstack")
"""What serves the sources. LocalStack spends 10 ms of processor time on each call to Kinesis: few streams at a time."""
UNHURRIED = {"POLL_INTERVAL_MS": "200", "IDLE_POLL_INTERVAL_MS": "400", "WINDOW_IDLE_SECONDS": "1"}
