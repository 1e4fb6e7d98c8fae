"""An emulator and workers on free ports, for the worker's contract tests, and the functions that the tests run.

A function of a test notes what it gets in a file, one JSON line per invocation, appended in one write: that survives
whatever happens to the worker.
"""

import base64
import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from cloud.wait import until
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
ROLE = "arn:aws:iam::000000000000:role/tests"
REGION = "us-east-1"

CODE = """
import base64, json, os, time

def note(entry):
    with open(os.environ["NOTES"], "ab", buffering=0) as notes:
        notes.write(json.dumps(entry).encode() + b"\\n")

def handler(event, context):
    records = event["Records"]
    got = [[r["eventID"].split(":")[0], r["kinesis"]["partitionKey"], base64.b64decode(r["kinesis"]["data"]).decode()]
           for r in records]
    note({"request": context.aws_request_id, "records": got})
    time.sleep(float(os.environ.get("SLEEP", "0")))
    bad = [r for r, (_, _, data) in zip(records, got) if data == os.environ.get("POISON")]
    if bad and os.environ.get("REPORT"):
        return {"batchItemFailures": [{"itemIdentifier": bad[0]["kinesis"]["sequenceNumber"]}]}
    if bad:
        raise ValueError("poison")
"""


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return False


@functools.cache
def client(service: str, port: int) -> Any:
    """A boto3 client that tries once; all are closed when the stack is."""
    config = boto3.session.Config(retries={"total_max_attempts": 1}, read_timeout=90)
    return boto3.client(service, endpoint_url=f"http://127.0.0.1:{port}", region_name=REGION, config=config)


@dataclass
class Process:
    """A box as a child process; its output goes to a file."""

    module: str
    port: int
    log: Path
    environ: dict[str, str]
    health: str
    child: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", self.module], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )
        until(lambda: answers(f"http://127.0.0.1:{self.port}{self.health}"), 60, what=self.module)

    def kill(self) -> None:
        """SIGKILL."""
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.child:
            self.child.send_signal(number)
            self.child.wait(60)
            self.child = None


@dataclass
class Stack:
    """One emulator and as many workers as were asked for."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    workers: list[Process] = field(default_factory=list)
    emulator_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.state = self.folder / "state"
        self.code = self.folder / "code"
        self.code.mkdir()
        (self.code / "app.py").write_text(CODE)
        environ = {
            **os.environ,
            "FOGBANK_EMULATOR_PORT": str(self.emulator_port),
            "FOGBANK_HOME": str(self.state),
            "FOGBANK_LOG_LEVEL": "WARNING",
        }
        log = self.folder / "emulator.log"
        self.emulator = Process("services.emulator", self.emulator_port, log, environ, "/_ministack/health")
        self.kinesis = client("kinesis", self.emulator_port)
        self.sqs = client("sqs", self.emulator_port)

    def worker(self, name: str = "w1", **settings: str) -> Process:
        """Start a worker; settings are FOGBANK_ variables without that prefix."""
        port = free_port()
        environ = {
            **os.environ,
            **self.environ,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.emulator_port}",
            "FOGBANK_WORKER_PORT": str(port),
            "FOGBANK_WORKER_NAME": name,
            "FOGBANK_HOME": str(self.folder / "home"),
            "FOGBANK_EVENT_RETRY_SECONDS": "0.2",
            "FOGBANK_METRICS_SECONDS": "0.5",
            "FOGBANK_POLL_INTERVAL_MS": "50",
            "FOGBANK_IDLE_POLL_INTERVAL_MS": "50",
            "FOGBANK_REFRESH_INTERVAL_MS": "500",
            "FOGBANK_LEASE_SECONDS": "3",
            "FOGBANK_RETRY_BACKOFF_MS": "20",
            **{f"FOGBANK_{key}": value for key, value in settings.items()},
        }
        worker = Process("services.worker", port, self.folder / f"{name}.log", environ, "/health")
        worker.start()
        self.workers.append(worker)
        return worker

    @property
    def api(self) -> Any:
        """boto3's Lambda client of the first worker."""
        return client("lambda", self.workers[0].port)

    def function(self, name: str, **more: Any) -> "Notes":
        """Create a function; returns what it will have noted. environment: its variables."""
        notes = Notes(self.folder / f"{name}.notes")
        variables = {"NOTES": str(notes.path), **more.pop("environment", {})}
        settings = {"Handler": "app.handler", "Runtime": "python3.13", "Role": ROLE, "Timeout": 30, **more}
        code = {"S3Bucket": "hot-reload", "S3Key": str(settings.pop("folder", self.code))}
        self.api.create_function(FunctionName=name, Code=code, Environment={"Variables": variables}, **settings)
        return notes

    def stream(self, name: str, shards: int = 1) -> str:
        """Create a stream; returns its ARN."""
        self.kinesis.create_stream(StreamName=name, ShardCount=shards)
        summary = self.kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        return str(summary["StreamARN"])

    def put(self, stream: str, *records: tuple[str, str]) -> None:
        """Put (partition key, data) pairs, in order."""
        for start in range(0, len(records), 500):
            entries = [{"PartitionKey": key, "Data": data.encode()} for key, data in records[start : start + 500]]
            assert self.kinesis.put_records(StreamName=stream, Records=entries)["FailedRecordCount"] == 0

    def mapping(self, function: str, source: str, **settings: Any) -> str:
        """Create a mapping and wait until it is enabled; returns its UUID."""
        settings = {"StartingPosition": "TRIM_HORIZON", **settings}
        reply = self.api.create_event_source_mapping(FunctionName=function, EventSourceArn=source, **settings)
        self.wait_for_state(reply["UUID"], "Enabled")
        return str(reply["UUID"])

    def wait_for_state(self, mapping: str, state: str) -> None:
        until(lambda: self.api.get_event_source_mapping(UUID=mapping)["State"] == state, 60, what=state, interval=0.02)

    def positions(self, worker: int = 0) -> list[dict[str, str]]:
        """What GET /positions says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.workers[worker].port}/positions", timeout=30) as reply:
            found: list[dict[str, str]] = json.loads(reply.read())
        return found

    def close(self) -> None:
        for used in (self.kinesis, self.sqs, *(client("lambda", worker.port) for worker in self.workers)):
            used.close()
        for process in [*self.workers, self.emulator]:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.end(signal.SIGKILL if process is self.emulator else signal.SIGTERM)


@dataclass
class Notes:
    """What a function noted."""

    path: Path

    def batches(self) -> list[list[str]]:
        """The data of every invocation's records, in the order of the invocations."""
        return [[data for _, _, data in entry["records"]] for entry in self.entries()]

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_bytes().splitlines()] if self.path.exists() else []

    def data(self) -> list[str]:
        return [data for batch in self.batches() for data in batch]

    def first_deliveries(self) -> dict[str, list[str]]:
        """By partition key: the data in the order in which each was first seen."""
        seen: dict[str, dict[str, None]] = defaultdict(dict)
        for entry in self.entries():
            for _, key, data in entry["records"]:
                seen[key].setdefault(data)
        return {key: list(values) for key, values in seen.items()}

    def wait(self, count: int, timeout: float = 90) -> list[str]:
        """Wait until so many different data were noted."""
        until(lambda: len(set(self.data())) >= count, timeout, what=f"{count} records", interval=0.05)
        return self.data()


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """An emulator, started; workers are the test's to start. All end with the block."""
    stack = Stack(folder)
    try:
        stack.emulator.start()
        yield stack
    finally:
        stack.close()


def decoded(text: str) -> str:
    """A LogResult as text."""
    return base64.b64decode(text).decode()
