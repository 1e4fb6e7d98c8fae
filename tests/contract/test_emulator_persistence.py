"""What is still there after the emulator was stopped, and after it was killed in the middle of its work."""

import signal
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from cloud.wait import until
from tests.contract.emulators import Emulator

STOPS = pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
SHARD = "shardId-000000000000"


@STOPS
def test_records_shards_and_iterators_stay(own: Emulator, how: signal.Signals) -> None:
    """Every record that was accepted, in its shard and order; a reader goes on with the iterator that it had.

    The older ones are on disk only, and were before it was stopped.
    """
    sent = [b"%d" % number * 50_000 for number in range(10, 90)]
    kinesis = own.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"\x00\xff")
    reader = kinesis.get_shard_iterator(StreamName="s", ShardId=SHARD, ShardIteratorType="TRIM_HORIZON")
    page = kinesis.get_records(ShardIterator=reader["ShardIterator"])
    for first in range(0, 80, 20):
        batch = [{"PartitionKey": "k", "Data": data} for data in sent[first : first + 20]]
        kinesis.put_records(StreamName="s", Records=batch)
    kinesis.split_shard(StreamName="s", ShardToSplit=SHARD, NewStartingHashKey=str(2**127))
    before = kinesis.describe_stream(StreamName="s")["StreamDescription"]
    own.restart(how)
    rest = kinesis.get_records(ShardIterator=page["NextShardIterator"])

    assert [r["Data"] for r in rest["Records"]] == sent
    assert "NextShardIterator" not in rest
    assert len(rest["ChildShards"]) == 2
    assert kinesis.describe_stream(StreamName="s")["StreamDescription"] == before
    later = kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"later")
    assert int(later["SequenceNumber"]) > max(int(r["SequenceNumber"]) for r in rest["Records"])


@STOPS
def test_items_stay_as_the_last_accepted_write_left_them(own: Emulator, how: signal.Signals) -> None:
    """Put, updated, deleted, in a transaction, in a batch and by PartiQL; an undone transaction leaves nothing."""
    dynamodb = own.client("dynamodb")
    _table(dynamodb)
    _write_in_all_ways(dynamodb)
    expected = _items(dynamodb)
    own.restart(how)

    assert _items(dynamodb) == expected
    assert expected == {"a": "1", "b": "4", "d": "5", "e": "6", "f": "8"}
    assert _item_count(dynamodb) == len(expected)


@STOPS
def test_a_tables_stream_stays(own: Emulator, how: signal.Signals, tmp_path: Path) -> None:
    """Its records, in order and with their numbers, and its iterators; MiniStack as it comes forgets them all.

    The older ones are in files of their own by then.
    """
    _table(own.client("dynamodb"), StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    for i in range(16):
        item = {"id": {"S": "a"}, "n": {"N": str(i)}, "text": {"S": "x" * 50_000}}
        own.client("dynamodb").put_item(TableName="table", Item=item)
    until(lambda: [*tmp_path.rglob("table_streams/*/*.log")], 30, what="older records to be in a file")
    before = _changes(own.client("dynamodbstreams"))
    page = _first_page(own.client("dynamodbstreams"), 14)
    own.restart(how)
    own.client("dynamodb").put_item(TableName="table", Item={"id": {"S": "a"}, "n": {"N": "16"}})
    after = _changes(own.client("dynamodbstreams"))
    rest = own.client("dynamodbstreams").get_records(ShardIterator=page["NextShardIterator"])["Records"]

    assert [image for _, image in after] == [str(i) for i in range(17)]
    assert after[:16] == before
    assert [number for number, _ in after] == sorted(number for number, _ in after)
    assert [record["dynamodb"]["NewImage"]["n"]["N"] for record in rest] == ["14", "15", "16"]


def test_statistics_stay_though_datapoints_are_summed_up(own: Emulator, tmp_path: Path) -> None:
    """Of old ones, which the next process sums up; percentiles, too."""
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
    data = [
        {"MetricName": "m", "Timestamp": begin + timedelta(seconds=number), "Value": float(number % 7)}
        for number in range(900)
    ]
    own.client("cloudwatch").put_metric_data(Namespace="n", MetricData=data)
    before = _statistics(own.client("cloudwatch"), begin)
    own.restart()
    size = (tmp_path / "emulator" / "state" / "cloudwatch.json").stat().st_size
    after = _statistics(own.client("cloudwatch"), begin)
    own.stop()

    assert after == before
    assert [(point["SampleCount"], point["Maximum"]) for point in after] == [(300, 6), (300, 6), (300, 6)]
    assert (tmp_path / "emulator" / "state" / "cloudwatch.json").stat().st_size < size / 5


@STOPS
def test_what_other_services_accepted_stays(own: Emulator, how: signal.Signals) -> None:
    """A parameter, a message, a bucket with an object, a user who can still sign in, a token that still verifies."""
    own.client("ssm").put_parameter(Name="/p", Value="v", Type="String")
    queue = own.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    own.client("sqs").send_message(QueueUrl=queue, MessageBody="kept")
    own.client("s3").create_bucket(Bucket="kept-bucket")
    own.client("s3").put_object(Bucket="kept-bucket", Key="a/b", Body=b"object")
    client, token = _user_who_signed_in(own.client("cognito-idp"))
    own.restart(how)

    assert own.client("ssm").get_parameter(Name="/p")["Parameter"]["Value"] == "v"
    assert [m["Body"] for m in own.client("sqs").receive_message(QueueUrl=queue)["Messages"]] == ["kept"]
    assert own.client("s3").get_object(Bucket="kept-bucket", Key="a/b")["Body"].read() == b"object"
    assert _sign_in(own.client("cognito-idp"), client)
    assert _verified(own, token)["cognito:username"] == "ada"


def test_nothing_acknowledged_is_lost_when_it_is_killed_under_load(own: Emulator) -> None:
    """Four writers at once; the process is killed while they write."""
    own.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    _table(own.client("dynamodb"))
    records: list[str] = []
    items: list[str] = []
    writers = [threading.Thread(target=_write_until_it_dies, args=(own, n, records, items)) for n in range(4)]
    for writer in writers:
        writer.start()
    until(lambda: len(items) > 300, 60, what="three hundred items")
    own.stop(signal.SIGKILL)
    for writer in writers:
        writer.join()
    own.start()

    assert set(records) <= _numbers(own.client("kinesis"))
    assert set(items) <= set(_items(own.client("dynamodb")))


def test_what_is_not_written_before_the_answer_is_written_soon_after(own: Emulator, tmp_path: Path) -> None:
    """Log events, like other things that come in great numbers, are kept a second or two later."""
    logs = own.client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": 1_000, "message": "a line"}])
    file = tmp_path / "emulator" / "state" / "cloudwatch_logs.json"
    until(lambda: "a line" in file.read_text(), 60, what="the events on disk")
    own.restart(signal.SIGKILL)
    events = logs.get_log_events(logGroupName="g", logStreamName="s", startFromHead=True)["events"]

    assert [e["message"] for e in events] == ["a line"]


def test_a_deleted_stream_and_table_stay_deleted_and_their_names_begin_anew(own: Emulator) -> None:
    """Nothing of an earlier one of the same name comes back from the journals."""
    kinesis, dynamodb = own.client("kinesis"), own.client("dynamodb")
    for _ in range(2):
        kinesis.create_stream(StreamName="s", ShardCount=1)
        _table(dynamodb)
        kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"x")
        dynamodb.put_item(TableName="table", Item={"id": {"S": "x"}, "n": {"N": "1"}})
        kinesis.delete_stream(StreamName="s")
        dynamodb.delete_table(TableName="table")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    _table(dynamodb)
    own.restart(signal.SIGKILL)

    assert _numbers(kinesis) == set()
    assert _items(dynamodb) == {}


def test_a_reset_forgets_all_for_good(own: Emulator) -> None:
    """POST /_ministack/reset, which `make clean` may use: also what is on disk."""
    kinesis, dynamodb = own.client("kinesis"), own.client("dynamodb")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"x")
    _table(dynamodb)
    dynamodb.put_item(TableName="table", Item={"id": {"S": "x"}, "n": {"N": "1"}})
    assert own.http.post("/_ministack/reset").status_code == 200
    own.restart()

    assert kinesis.list_streams()["StreamNames"] == []
    assert dynamodb.list_tables()["TableNames"] == []


def _table(dynamodb: Any, **options: Any) -> None:
    dynamodb.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **options,
    )


def _statistics(cloudwatch: Any, begin: datetime) -> Any:
    """Of five minutes each."""
    return cloudwatch.get_metric_statistics(
        Namespace="n",
        MetricName="m",
        StartTime=begin,
        EndTime=begin + timedelta(hours=1),
        Period=300,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum", "Average"],
        ExtendedStatistics=["p90"],
    )["Datapoints"]


def _changes(streams: Any) -> list[tuple[int, str]]:
    """Sequence number and new image of each change."""
    records = [record["dynamodb"] for record in _first_page(streams, 1000)["Records"]]
    return [(int(r["SequenceNumber"]), r["NewImage"]["n"]["N"]) for r in records]


def _first_page(streams: Any, limit: int) -> Any:
    [stream] = streams.list_streams(TableName="table")["Streams"]
    [shard] = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    return streams.get_records(ShardIterator=iterator["ShardIterator"], Limit=limit)


def _write_in_all_ways(dynamodb: Any) -> None:
    def item(key: str, number: int) -> Any:
        return {"id": {"S": key}, "n": {"N": str(number)}}

    for key in ("a", "b", "c"):
        dynamodb.put_item(TableName="table", Item=item(key, 1))
    dynamodb.update_item(
        TableName="table",
        Key={"id": {"S": "b"}},
        UpdateExpression="SET n = n + :d",
        ExpressionAttributeValues={":d": {"N": "3"}},
    )
    dynamodb.delete_item(TableName="table", Key={"id": {"S": "c"}})
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "table", "Item": item("d", 5)}}])
    dynamodb.batch_write_item(RequestItems={"table": [{"PutRequest": {"Item": item("e", 6)}}]})
    dynamodb.execute_statement(Statement="INSERT INTO \"table\" VALUE {'id': 'f', 'n': 7}")
    dynamodb.execute_statement(Statement="UPDATE \"table\" SET n = 8 WHERE id = 'f'")
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.execute_transaction(
            TransactStatements=[
                {"Statement": "INSERT INTO \"table\" VALUE {'id': 'undone', 'n': 9}"},
                {"Statement": "INSERT INTO \"table\" VALUE {'id': 'a', 'n': 9}"},
            ]
        )


def _items(dynamodb: Any) -> dict[str, str]:
    pages = dynamodb.get_paginator("scan").paginate(TableName="table")
    return {item["id"]["S"]: item["n"]["N"] for page in pages for item in page["Items"]}


def _item_count(dynamodb: Any) -> int:
    return int(dynamodb.describe_table(TableName="table")["Table"]["ItemCount"])


def _numbers(kinesis: Any) -> set[str]:
    iterator = kinesis.get_shard_iterator(StreamName="s", ShardId=SHARD, ShardIteratorType="TRIM_HORIZON")
    return {r["SequenceNumber"] for r in kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]}


def _write_until_it_dies(own: Emulator, writer: int, records: list[str], items: list[str]) -> None:
    kinesis, dynamodb = own.client("kinesis"), own.client("dynamodb")
    with suppress(Exception):
        for i in range(100_000):
            put = kinesis.put_record(StreamName="s", PartitionKey="k", Data=b"x")
            records.append(put["SequenceNumber"])
            key = f"{writer}-{i}"
            dynamodb.put_item(TableName="table", Item={"id": {"S": key}, "n": {"N": "1"}})
            items.append(key)


def _user_who_signed_in(cognito: Any) -> tuple[str, str]:
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)
    cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password="Sesame-0pen", Permanent=True)
    client = made["UserPoolClient"]["ClientId"]
    return client, _sign_in(cognito, client)


def _sign_in(cognito: Any, client: str) -> str:
    given = {"USERNAME": "ada", "PASSWORD": "Sesame-0pen"}
    answer = cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    return str(answer["AuthenticationResult"]["IdToken"])


def _verified(own: Emulator, token: str) -> dict[str, Any]:
    pool = jwt.decode(token, options={"verify_signature": False})["iss"].rpartition("/")[2]
    keys = jwt.PyJWKSet.from_dict(own.http.get(f"/{pool}/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return dict(jwt.decode(token, key, algorithms=["RS256"], options={"verify_aud": False}))
