"""A rig: one emulator and as many workers as are asked for, without the rest of the stack, and functions to run."""

import json
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.notes import Notes
from bench.processes import Process
from cloud import clients
from cloud.wait import until
from stack.targets import IDLE_POLL_MS, MINISTACK, POLL_MS, REGION

FUNCTIONS = Path(__file__).parent / "functions"
ROLE = "arn:aws:iam::000000000000:role/bench"
PUT = 500  # records of one PutRecords
PATIENCE = 60.0  # seconds
KEYS = 2**128


@dataclass
class Rig:
    """folder: of its state; port: the emulator's, the workers' follow it."""

    folder: Path
    port: int
    workers: list[Process] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        """By which programs reach the emulator, and Lambda at the first worker."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{self.port + 1}",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "FOGBANK_LOG_LEVEL": "INFO",
            "FOGBANK_POLL_INTERVAL_MS": str(POLL_MS[MINISTACK]),
            "FOGBANK_IDLE_POLL_INTERVAL_MS": str(IDLE_POLL_MS[MINISTACK]),
            "FOGBANK_HOME": str(self.folder / "home"),
        }

    @property
    def pids(self) -> dict[str, int]:
        """Name -> process id, of the emulator and all workers."""
        return {"emulator": self.emulator.pid, **{f"worker {n}": w.pid for n, w in enumerate(self.workers, 1)}}

    def start(self) -> None:
        """Start the emulator and one worker."""
        (self.folder / "home").mkdir(parents=True)
        environ = {**self.environ, "FOGBANK_EMULATOR_PORT": str(self.port)}
        where = f"http://127.0.0.1:{self.port}/health"
        self.emulator = Process(["services.emulator"], where, self.folder / "emulator.log", environ)
        self.emulator.start()
        self.add_worker()

    def add_worker(self) -> Process:
        """Start one more worker."""
        number = len(self.workers) + 1
        port = self.port + number
        environ = {**self.environ, "FOGBANK_WORKER_PORT": str(port), "FOGBANK_WORKER_NAME": f"w{number}"}
        where = f"http://127.0.0.1:{port}/health"
        worker = Process(["services.worker"], where, self.folder / f"worker{number}.log", environ)
        worker.start()
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        """End all of it."""
        for worker in reversed(self.workers):
            worker.end()
        self.emulator.end()

    def function(self, name: str, handler: str) -> Notes:
        """A function from bench/functions, and the notes that it will take."""
        notes = Notes(self.folder / name)
        clients.client("lambda").create_function(
            FunctionName=name,
            Handler=handler,
            Runtime="python3.13",
            Role=ROLE,
            Timeout=60,
            MemorySize=512,
            Code={"S3Bucket": "hot-reload", "S3Key": str(FUNCTIONS)},
            Environment={"Variables": {"NOTES": str(notes.path)}},
        )
        return notes

    def stream(self, name: str, shards: int) -> str:
        """A stream; its ARN."""
        kinesis = clients.client("kinesis")
        kinesis.create_stream(StreamName=name, ShardCount=shards)
        return str(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"])

    def mapping(self, function: str, source: str, **settings: Any) -> str:
        """A mapping from LATEST on, enabled, all its shards read; its UUID."""
        api = clients.client("lambda")
        settings = {"StartingPosition": "LATEST", **settings}
        uuid = str(api.create_event_source_mapping(FunctionName=function, EventSourceArn=source, **settings)["UUID"])
        until(lambda: api.get_event_source_mapping(UUID=uuid)["State"] == "Enabled", PATIENCE, what="the mapping")
        self.wait_shared(uuid)
        return uuid

    def unmap(self, uuid: str) -> None:
        """Delete a mapping and wait until it is gone."""
        api = clients.client("lambda")
        api.delete_event_source_mapping(UUID=uuid)
        until(lambda: not self.owners(uuid), PATIENCE, what="the mapping to end")

    def owners(self, uuid: str) -> list[str]:
        """Who reads each shard of a mapping, "" for nobody."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port + 1}/positions", timeout=5) as answer:
            rows = json.loads(answer.read())
        return [str(row["owner"]) for row in rows if row["mapping"] == uuid]

    def wait_shared(self, uuid: str) -> None:
        """Wait until every shard is read, and no worker reads two more than another."""
        until(lambda: even(self.owners(uuid), len(self.workers)), PATIENCE, what="the shards to be shared")

    def put(self, stream: str, records: Sequence[tuple[str, bytes]]) -> None:
        """Put (explicit hash key, data) pairs."""
        for start in range(0, len(records), PUT):
            entries = [
                {"PartitionKey": str(start + number), "ExplicitHashKey": key, "Data": data}
                for number, (key, data) in enumerate(records[start : start + PUT])
            ]
            answer = clients.client("kinesis").put_records(StreamName=stream, Records=entries)
            assert answer["FailedRecordCount"] == 0, answer


def even(owners: Sequence[str], workers: int) -> bool:
    """Whether shards are shared as evenly as leases get them: no worker has two more than another."""
    held = Counter(owners)
    if not owners or "" in held:
        return False
    return max(held.values()) - (min(held.values()) if len(held) == workers else 0) < 2


def hash_key(shard: int, shards: int) -> str:
    """A hash key in the middle of one of a stream's first shards."""
    return str((2 * shard + 1) * KEYS // (2 * shards))
