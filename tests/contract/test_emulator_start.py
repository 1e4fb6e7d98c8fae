"""How the embedded emulator starts, refuses to start, says that it is well, and stops."""

import os
import signal
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from cloud.wait import until
from tests.contract import emulators
from tests.contract.emulators import Emulator
from tests.machine import slack


def test_health_and_metrics_are_those_of_every_box(mended: Emulator) -> None:
    """GET /health and GET /metrics; MiniStack's own health stays where it was."""
    assert mended.http.get("/health").json() == {"status": "ok"}
    assert "python_info" in mended.http.get("/metrics").text
    assert mended.http.get("/_ministack/health").json()["version"] == "1.5.33"


def test_the_folders_of_its_state_are_its_owners_alone(own: Emulator, tmp_path: Path) -> None:
    """Everything is below FOGBANK_HOME; folders 0700, files 0600."""
    own.client("cognito-idp").create_user_pool(PoolName="p")
    own.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    made = list((tmp_path / "emulator").rglob("*"))

    assert {path.name for path in (tmp_path / "emulator").iterdir()} == {"state", "s3", "tmp", "lock"}
    assert any(path.suffix == ".pem" for path in made)
    assert not [path for path in made if path.stat().st_mode & 0o077]


def test_a_taken_port_is_a_clear_error(tmp_path: Path) -> None:
    """Exit code 2, and what to do about it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = _refused(tmp_path, FOGBANK_EMULATOR_PORT=str(taken.getsockname()[1]))

    assert refused.returncode == 2
    assert "FOGBANK_EMULATOR_PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_setting_that_is_no_number_is_a_clear_error(tmp_path: Path) -> None:
    """Exit code 2, with the setting's name."""
    refused = _refused(tmp_path, SNAPSHOT_SECONDS="often")

    assert refused.returncode == 2
    assert "SNAPSHOT_SECONDS" in refused.stderr


def test_it_stops_within_seconds_although_a_call_is_still_waiting(own: Emulator) -> None:
    """SIGTERM during a long poll of 20 s; the exit is clean."""
    sqs = own.client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    waiting = threading.Thread(target=_poll, args=(own, queue))
    waiting.start()
    until(lambda: _connections(own) > 1, 60, what="the poll")
    before = time.monotonic()
    code = own.stop(signal.SIGTERM)
    waiting.join()

    assert code in {0, -signal.SIGTERM}
    assert time.monotonic() - before < min(15, 4 * slack())  # the poll would have gone on for longer


def _refused(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    box = emulators.mended(home, **environment)
    variables = {**os.environ, **box.environment}
    return subprocess.run(
        box.command, cwd=emulators.ROOT, env=variables, capture_output=True, text=True, timeout=90, check=False
    )


def _poll(own: Emulator, queue: str) -> None:
    with pytest.raises((BotoCoreError, ClientError)):
        own.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)


def _connections(own: Emulator) -> int:
    assert own.process
    connected = psutil.Process(own.process.pid).net_connections(kind="tcp")
    return sum(c.status == "ESTABLISHED" for c in connected)


def test_cloudwatch_hears_what_comes_into_a_stream_and_how_far_behind_its_readers_are(tmp_path: Path) -> None:
    """By the emulator itself, where nothing leads it elsewhere: the metrics that the workshops look at."""
    emulator = emulators.mended(tmp_path, FOGBANK_STREAM_METRICS_SECONDS="0.5", AWS_ENDPOINT_URL="").start()
    try:
        kinesis, cloudwatch = emulator.client("kinesis"), emulator.client("cloudwatch")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        for _ in range(3):
            kinesis.put_record(StreamName="s", PartitionKey="p", Data=b"12345")
        where = {"StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
        kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**where)["ShardIterator"], Limit=1)
        now = datetime.now(UTC)

        def values(metric: str, statistic: str) -> list[float]:
            found = cloudwatch.get_metric_statistics(
                Namespace="AWS/Kinesis",
                MetricName=metric,
                Dimensions=[{"Name": "StreamName", "Value": "s"}],
                StartTime=now - timedelta(minutes=10),
                EndTime=now + timedelta(minutes=10),
                Period=1200,
                Statistics=[statistic],
            )
            return [point[statistic] for point in found["Datapoints"]]

        until(lambda: sum(values("IncomingRecords", "Sum")) == 3, 60, what="IncomingRecords")
        assert sum(values("PutRecord.Success", "Sum")) == 3
        assert sum(values("IncomingBytes", "Sum")) == 15
        assert len(values("GetRecords.IteratorAgeMilliseconds", "Maximum")) >= 1
    finally:
        emulator.stop()
