"""The archive holds every record once, whatever crashes: first with crashes at chosen places, then with real kills."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cloud.wait import until
from labs.alien_attack import archive, aws, marks
from labs.alien_attack.handlers import archive as handler
from tests.unit.labs.records import body, record

from . import worker_stack
from .alien_attack_lab import forget_clients

pytestmark = pytest.mark.emulator

ROOT = Path(__file__).parents[2]
BUCKET, TABLE = "raw", "Marks"


class Crash(Exception):
    """The end of a worker."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[worker_stack.Stack]:
    """An emulator with the bucket and the table of marks; the environment of the function."""
    with worker_stack.running(tmp_path_factory.mktemp("archive")) as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{stack.emulator_port}")
        patch.setenv("RAW_BUCKET", BUCKET)
        patch.setenv("MARKS_TABLE", TABLE)
        forget_clients()
        aws.client("s3").create_bucket(Bucket=BUCKET)
        aws.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "Name", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "Name", "KeyType": "HASH"}],
        )
        yield stack
        forget_clients()


@pytest.fixture(autouse=True)
def fresh_clients(stack: worker_stack.Stack) -> Iterator[None]:
    """Clients that lead to this emulator, also after a kill."""
    assert stack
    forget_clients()
    yield
    forget_clients()


def archived(stream: str) -> dict[str, list[dict[str, Any]]]:
    """Key -> lines, of every file of this stream."""
    files: dict[str, list[dict[str, Any]]] = {}
    for page in aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for item in page.get("Contents", ()):
            if f"/{stream}-shardId-" in item["Key"]:
                raw = aws.client("s3").get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
                files[item["Key"]] = [json.loads(line) for line in gzip.decompress(raw).splitlines()]
    return files


def numbers(stream: str) -> Counter[str]:
    """How often each record stands in the archive."""
    return Counter(line["SequenceNumber"] for lines in archived(stream).values() for line in lines)


def of(stream: str, count: int) -> list[dict[str, Any]]:
    """So many records of a stream, one every second from shortly before an hour ends."""
    posts = [record(f"g{at % 7}", at, body(Score=at), 1_699_999_190 + at) for at in range(1, count + 1)]
    return [{**post, "eventSourceARN": f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"} for post in posts]


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Random:
    """The function ends at random, before or after the file is there, before or after the mark is moved."""
    dice = Random(11)

    def crashing(call: Any) -> Any:
        def called(*arguments: Any, **named: Any) -> Any:
            if dice.random() < 0.25:
                raise Crash
            answer = call(*arguments, **named)
            if dice.random() < 0.25:
                raise Crash
            return answer

        return called

    monkeypatch.setattr(archive, "_create", crashing(archive._create))
    monkeypatch.setattr(marks, "reach", crashing(marks.reach))
    return dice


def deliver(records: Sequence[dict[str, Any]], dice: Random) -> None:
    """As a shard is worked off: from the position on, in batches of any length, each until it is done."""
    done = 0
    while done < len(records):
        size = dice.randint(1, 40)
        try:
            handler.handler({"Records": records[done : done + size]}, None)
        except Crash:
            continue  # the next attempt may be cut otherwise
        done += size


def test_crashes_and_batches_cut_otherwise_neither_lose_nor_double_a_line(crashes: Random) -> None:
    """Every record once, in files whose names tell the hour and the first record."""
    records = of("Crashing", 400)
    deliver(records, crashes)

    assert numbers("Crashing") == Counter(str(at) for at in range(1, 401))
    for key, lines in archived("Crashing").items():
        assert [int(line["SequenceNumber"]) for line in lines] == sorted(int(line["SequenceNumber"]) for line in lines)
        assert key.startswith(("2023/11/14/21/", "2023/11/14/22/"))
        assert int(key.rpartition("-")[2].partition(".")[0]) == int(lines[0]["SequenceNumber"])


def test_two_workers_with_the_same_shard_neither_lose_nor_double_a_line(crashes: Random) -> None:
    """One was stopped, lost its lease, woke up and goes on; their batches are cut differently."""
    records = of("Shared", 300)
    with ThreadPoolExecutor(3) as workers:
        list(workers.map(lambda seed: deliver(records, Random(seed)), range(3)))

    assert numbers("Shared") == Counter(str(at) for at in range(1, 301))


def test_a_line_is_what_was_posted_and_by_whom_and_where_it_stands() -> None:
    """Also when the post had line breaks in it; what is no JSON object is not in the archive."""
    odd = b'{\n  "Score": 5,\r\n "Nickname": "somebody else"}'
    event = [
        *of("Lines", 1),
        record("Ünï-γ 🚀", 2, odd, 1_700_000_000.25),
        record("x", 3, b"\xff"),
        record("x", 4, b"[1]"),
    ]

    lines = [json.loads(line) for line in archive.lines(event)]

    assert lines[0].items() >= body(Score=1).items()
    assert lines[1] == {
        "Score": 5,
        "Nickname": "Ünï-γ 🚀",
        "ShardId": "shardId-000000000000",
        "SequenceNumber": "2",
        "ArrivedAt": 1_700_000_000_250,
    }
    assert len(lines) == 2


def test_killed_workers_neither_lose_nor_double_a_line(stack: worker_stack.Stack) -> None:
    """The real function, mapping and stream: the worker is killed again and again while records come."""
    worker = stack.worker()
    stream = stack.stream("Killed", 2)
    stack.function(
        "archive",
        folder=ROOT / "labs",
        Handler="alien_attack.handlers.archive.handler",
        environment={"RAW_BUCKET": BUCKET, "MARKS_TABLE": TABLE, "AWS_ENDPOINT_URL": aws_url(stack)},
    )
    stack.mapping("archive", stream, BatchSize=200, MaximumBatchingWindowInSeconds=1)
    sent = 0
    for _ in range(5):
        for _ in range(4):
            stack.put("Killed", *((f"g{at % 50}", json.dumps(body(Score=at))) for at in range(sent, sent + 300)))
            sent += 300
        wait_for_more(len(numbers("Killed")))
        worker.kill()
        worker.start()
    until(lambda: len(numbers("Killed")) >= sent, 60, what="all records in the archive")

    assert numbers("Killed") == dict.fromkeys(put(stack, "Killed"), 1)


def wait_for_more(seen: int) -> None:
    """Until more than these are in the archive."""
    until(lambda: len(numbers("Killed")) > seen, 60, what="the archive to grow", interval=0.02)


def aws_url(stack: worker_stack.Stack) -> str:
    """The emulator."""
    return f"http://127.0.0.1:{stack.emulator_port}"


def put(stack: worker_stack.Stack, stream: str) -> list[str]:
    """The numbers of all records that are in the stream."""
    found = []
    for shard in stack.kinesis.list_shards(StreamName=stream)["Shards"]:
        start = stack.kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        page = stack.kinesis.get_records(ShardIterator=start["ShardIterator"])
        found += [one["SequenceNumber"] for one in page["Records"]]
    return found
