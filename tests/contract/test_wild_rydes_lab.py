"""Wild Rydes on a stack: what bootstrap creates of it, where its modules begin, what its side branches do."""

import gzip
import json
import subprocess
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pyathena
import pytest
from websockets.sync.client import ClientConnection, connect

from cloud.clients import client
from cloud.wait import until
from labs.wild_rydes import summing
from tests.contract.bootstrap_stack import ROOT, Stack

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]

PATIENCE = 60.0  # seconds


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An emulator, the boxes that the lab needs, and the lab as bootstrap leaves it."""
    stack = Stack(tmp_path_factory.mktemp("rydes"))
    stack.environ |= {"FOGBANK_IDLE_POLL_INTERVAL_MS": "100"}
    try:
        stack.start("emulator", "worker", "analytics", "query")
        stack.environ["LIVE"] = f"{stack.gateway()}/wild-rydes-live/production"
        done = stack.bootstrap("apply", "--lab", "wild-rydes")
        assert done.returncode == 0, done.stderr
        yield stack
    finally:
        stack.close()


@pytest.fixture
def stack(started: Stack) -> Stack:
    """The same, with this process's clients led there."""
    started.lead()
    return started


def program(stack: Stack, *arguments: str) -> str:
    """What one of the lab's programs prints."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=stack.environ, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows() -> int:
    return int(client("dynamodb").scan(TableName="UnicornSensorData", Select="COUNT")["Count"])


def mappings(function: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client("lambda").list_event_source_mappings(FunctionName=function)[
        "EventSourceMappings"
    ]
    return found


def handler(function: str) -> str:
    return str(client("lambda").get_function_configuration(FunctionName=function)["Handler"])


def test_applying_again_changes_nothing(stack: Stack) -> None:
    """What is declared is what is found, the subscription and the visitors' role among it."""
    done = stack.bootstrap("plan", "--lab", "wild-rydes")

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "nothing to do")


def test_visitors_get_credentials_of_the_role_that_may_read_the_stream(stack: Stack) -> None:
    """The pool's unauthenticated role is the lab's, and any visitor gets credentials."""
    pool = client("ssm").get_parameter(Name="/wild-rydes/identitypoolid")["Parameter"]["Value"]
    roles = client("cognito-identity").get_identity_pool_roles(IdentityPoolId=pool)["Roles"]
    identity = client("cognito-identity").get_id(IdentityPoolId=pool)["IdentityId"]
    given = client("cognito-identity").get_credentials_for_identity(IdentityId=identity)["Credentials"]
    trust = client("iam").get_role(RoleName="wildrydes-visitors")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]

    assert roles["unauthenticated"].endswith(":role/wildrydes-visitors")
    assert given["SessionToken"]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"


def test_a_reading_is_kept_archived_and_told_of(stack: Stack) -> None:
    """Seven weary unicorns: seven rows, seven lines in the archive, and messages about those in trouble alone."""
    program(stack, "labs.wild_rydes.producer", "-name", "Weary", "--count", "7", "-msgs", "1", "--points", "98")
    program(stack, "labs.wild_rydes.producer", "-name", "Fresh", "-msgs", "1")
    until(lambda: rows() == 8, PATIENCE, what="the rows")

    def archived() -> list[dict[str, Any]]:
        pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket="wildrydes-archive", Prefix="raw/year=")
        keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
        bodies = [client("s3").get_object(Bucket="wildrydes-archive", Key=key)["Body"].read() for key in keys]
        return [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]

    until(lambda: len(archived()) == 8, PATIENCE, what="the archive")
    assert {one["Name"] for one in archived()} == {"Fresh", *(f"Weary-{number:03}" for number in range(1, 8))}
    told: dict[str, Any] = {}
    url = client("sqs").get_queue_url(QueueName="wildrydes-inbox")["QueueUrl"]

    def all_told() -> bool:
        for message in client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ()):
            alert = json.loads(json.loads(message["Body"])["Message"])
            told[alert["Name"]] = alert
        return len(told) == 7

    until(all_told, PATIENCE, what="the alerts")
    assert set(told) == {f"Weary-{number:03}" for number in range(1, 8)}
    assert all(min(one["HealthPoints"], one["MagicPoints"]) < 100 for one in told.values())


def test_who_is_connected_is_told_of_readings_and_may_ask_for_the_fleet(stack: Stack) -> None:
    """Pushed by a function that reads the stream; asked of the stream itself; who has gone is forgotten."""
    until(lambda: all_told(stack), PATIENCE, what="what was put before to be told")
    with until(lambda: connect(stack.environ["LIVE"], compression=None), PATIENCE, what="the WebSocket API") as page:
        fleet = partial(_asked, page, {"action": "fleet", "t": 7}, "readings")
        assert "Pushed" not in {one["Name"] for one in fleet()["readings"]}
        assert watchers() == 1

        program(stack, "labs.wild_rydes.producer", "-name", "Pushed", "-msgs", "1")
        told = json.loads(page.recv(timeout=PATIENCE))
        assert ([one["Name"] for one in told["readings"]], "answer" in told) == (["Pushed"], False)
        (seen,) = [one for one in fleet()["readings"] if one["Name"] == "Pushed"]
        assert seen["StatusTime"] == told["readings"][0]["StatusTime"]
        assert seen["Age"] >= told["readings"][0]["Age"]
        assert _asked(page, {"action": "ping", "t": 8}, "pong")["t"] == 8
        assert "fleet, ping" in _asked(page, {"action": "dance"}, "error")["message"]
    until(lambda: watchers() == 0, PATIENCE, what="the row of the page that has gone to go")


def all_told(stack: Stack) -> bool:
    """Whether the function that tells has had all that is in the stream."""
    (mapping,) = mappings("WildRydesPush")
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.worker_port}/positions", timeout=30) as reply:
        done = {
            row["shard"]: row["checkpoint"] for row in json.loads(reply.read()) if row["mapping"] == mapping["UUID"]
        }
    return all(done.get(shard, last) == last for shard, last in lasts("wildrydes").items() if last)


def lasts(stream: str) -> dict[str, str]:
    """By shard: the sequence number of the newest record, empty for none."""
    kinesis, found = client("kinesis"), {}
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        where = {"StreamName": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        records = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**where)["ShardIterator"])["Records"]
        found[shard["ShardId"]] = records[-1]["SequenceNumber"] if records else ""
    return found


def _asked(page: ClientConnection, question: dict[str, Any], kind: str) -> dict[str, Any]:
    """The answer; what is pushed meanwhile is passed over."""
    page.send(json.dumps(question))
    while True:
        message: dict[str, Any] = json.loads(page.recv(timeout=PATIENCE))
        if message["type"] == "readings" and "answer" not in message:
            continue
        assert (message["type"], message.get("answer", 7)) == (kind, 7)
        return message


def watchers() -> int:
    return int(client("dynamodb").scan(TableName="WildRydesWatchers", Select="COUNT")["Count"])


def test_the_summarys_lines_add_up_to_what_the_archive_says(stack: Stack) -> None:
    """Five unicorns, a hundred readings: the lines' sums are Athena's over the archive, to the centimetre."""
    api = client("kinesisanalyticsv2")
    known = api.describe_application(ApplicationName=summing.NAME)["ApplicationDetail"]["ApplicationVersionId"]
    hurried = {"TextContentUpdate": summing.text().replace("'1' MINUTE", "'2' SECOND")}
    api.update_application(
        ApplicationName=summing.NAME,
        CurrentApplicationVersionId=known,
        ApplicationConfigurationUpdate={"ApplicationCodeConfigurationUpdate": {"CodeContentUpdate": hurried}},
    )
    program(stack, "labs.wild_rydes.producer", "-name", "Summed", "--count", "5", "-msgs", "20", "--rate", "100")

    def archived() -> dict[str, tuple[int, Decimal]]:
        text = "SELECT name, count(*), sum(distance) FROM raw WHERE name LIKE 'Summed%' GROUP BY name"
        with pyathena.connect(schema_name="wildrydes", region_name="us-east-1", work_group="primary") as connection:
            return {name: (count, metres) for name, count, metres in connection.cursor().execute(text).fetchall()}

    until(lambda: sum(count for count, _ in archived().values()) == 100, PATIENCE, what="the archive")
    wanted = {name: metres for name, (_, metres) in archived().items()}
    until(lambda: summed() == wanted, PATIENCE, what=f"lines that add up to {wanted}")
    assert len(wanted) == 5


def summed() -> dict[str, Decimal]:
    """By unicorn, what the lines of the summary add up to."""
    where = {"StreamName": "wildrydes-summary", "ShardId": "shardId-000000000000"}
    iterator = client("kinesis").get_shard_iterator(ShardIteratorType="TRIM_HORIZON", **where)["ShardIterator"]
    found: dict[str, Decimal] = defaultdict(Decimal)
    for record in client("kinesis").get_records(ShardIterator=iterator)["Records"]:
        line = json.loads(record["Data"], parse_float=Decimal)
        if line["Name"].startswith("Summed"):
            found[line["Name"]] += line["Distance"]
    return found


@pytest.mark.parametrize("again", [1, 2])
def test_a_module_begins_where_it_should_whatever_was_there(stack: Stack, again: int) -> None:
    """Module 3: twenty rows, a function that throws, a mapping as module 2 left it, no aggregator, an empty queue."""
    assert again
    program(stack, "labs.wild_rydes.modules", "3")
    (mapping,) = mappings("WildRydesStreamProcessor")

    assert rows() == 20
    assert handler("WildRydesStreamProcessor") == "wild_rydes.handlers.processor.handler"
    assert (mapping["BatchSize"], mapping["MaximumRetryAttempts"]) == (100, -1)
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"].endswith(":wildrydes-queue")
    assert mappings("WildRydesAggregator") == []
    url = client("sqs").get_queue_url(QueueName="wildrydes-queue")["QueueUrl"]
    assert not client("sqs").receive_message(QueueUrl=url).get("Messages")


def test_the_last_modules_read_by_fan_out(stack: Stack) -> None:
    """Module 8: 28 rows, the checkpoint handler, mapped by the consumer's ARN, with a window beside it."""
    program(stack, "labs.wild_rydes.modules", "8")
    (mapping,) = mappings("WildRydesStreamProcessor")
    (window,) = mappings("WildRydesAggregator")

    assert rows() == 28
    assert handler("WildRydesStreamProcessor") == "wild_rydes.handlers.checkpoint.handler"
    assert "/consumer/con1:" in mapping["EventSourceArn"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert window["TumblingWindowInSeconds"] == 60


def test_bootstrap_leaves_alone_what_is_built_by_hand_until_it_is_given_back(stack: Stack) -> None:
    """In module 1 there is no stream, and neither apply nor the watch creates one; then all is complete again."""
    program(stack, "labs.wild_rydes.modules", "1")
    assert client("kinesis").list_streams()["StreamNames"] == []
    code, said = stack.run("apply")
    assert code == 0
    assert any(line.startswith("wild-rydes: left alone") for line in said)

    with stack.watching() as watch:
        until(watch.ready.exists, PATIENCE, what="the watch")
        assert "wildrydes" not in client("kinesis").list_streams()["StreamNames"]
        program(stack, "labs.wild_rydes.modules")
        until(lambda: len(mappings("WildRydesAggregator")) == 1, PATIENCE, what="the lab")
        until(lambda: stack.bootstrap("plan", "--lab", "wild-rydes").returncode == 0, PATIENCE, what="all of it")
    assert handler("WildRydesStreamProcessor") == "wild_rydes.handlers.checkpoint.handler"
