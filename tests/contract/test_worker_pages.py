"""How the worker reads a shard: without botocore, and no otherwise than with it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

from cloud.errors import error_code
from services.worker.polling.pages import Boto3Pages, SignedPages
from tests.contract.emulators import Emulator
from tests.ports import free_port

pytestmark = pytest.mark.emulator
SERVICE = "kinesis"
LIMIT = 100


@asynccontextmanager
async def signed(url: str) -> AsyncIterator[SignedPages]:
    """Pages from there."""
    pages = SignedPages(url, Credentials("test", "test"), "us-east-1")
    try:
        yield pages
    finally:
        await pages.close()


@asynccontextmanager
async def server(*answers: bytes) -> AsyncIterator[tuple[str, list[int]]]:
    """Gives each request its answer, b"" for an end of the connection; its address, and how many requests came."""
    left, asked = list(answers), list[int]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            asked.append(len(asked))
            answer = left.pop(0)
            if not answer:
                break
            writer.write(answer)
        writer.close()

    port = free_port()
    async with await asyncio.start_server(serve, "127.0.0.1", port):
        yield f"http://127.0.0.1:{port}", asked


def answered(status: int, body: bytes) -> bytes:
    """An HTTP answer."""
    return b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


EMPTY = answered(200, b'{"Records":[],"NextShardIterator":"n","MillisBehindLatest":0}')


@pytest.fixture
def iterator(emulator: Emulator, name: str) -> str:
    """Where three records begin: text, any bytes, a long one."""
    kinesis = emulator.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    for data in (b"one", bytes(range(256)), b"x" * 100_000):
        kinesis.put_record(StreamName=name, PartitionKey="Zoë", Data=data)
    shard = kinesis.list_shards(StreamName=name)["Shards"][0]["ShardId"]
    where = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    kinesis.close()
    return str(where["ShardIterator"])


async def test_both_ways_give_the_same_records(emulator: Emulator, iterator: str) -> None:
    """Numbers, keys, data and times, and how far the reader is behind."""
    kinesis = emulator.client("kinesis")
    plain = await Boto3Pages(kinesis)(iterator, LIMIT)
    kinesis.close()
    async with signed(emulator.url) as pages:
        fast = await pages(iterator, LIMIT)

    assert [_told(record) for record in fast["Records"]] == [_told(record) for record in plain["Records"]]
    assert len(fast["Records"]) == 3
    assert bool(fast["MillisBehindLatest"]) == bool(plain["MillisBehindLatest"])


async def test_a_limit_is_kept_and_reading_goes_on_behind_it(emulator: Emulator, iterator: str) -> None:
    """Page after page by the iterator that each page brings."""
    async with signed(emulator.url) as pages:
        first = await pages(iterator, 2)
        rest = await pages(first["NextShardIterator"], LIMIT)

    assert (len(first["Records"]), len(rest["Records"])) == (2, 1)


async def test_a_refusal_is_botocores_error() -> None:
    """With AWS's code, whether the service names its namespace or not."""
    refusals = [
        answered(400, b'{"__type":"ExpiredIteratorException","message":"old"}'),
        answered(400, b'{"__type":"com.amazonaws.kinesis#ResourceNotFoundException","message":"gone"}'),
    ]
    async with server(*refusals) as (url, _), signed(url) as pages:
        codes = []
        for _ in refusals:
            with pytest.raises(ClientError) as caught:
                await pages("i", LIMIT)
            codes.append(error_code(caught.value))

    assert codes == ["ExpiredIteratorException", "ResourceNotFoundException"]


async def test_no_service_is_botocores_error_too() -> None:
    """Nobody listens; or somebody who does not speak JSON. The reader tries again later, as with boto3."""
    async with signed(f"http://127.0.0.1:{free_port()}") as pages:
        with pytest.raises(EndpointConnectionError):
            await pages("i", LIMIT)
    async with server(answered(502, b"<html>")) as (url, _), signed(url) as pages:
        with pytest.raises(HTTPClientError):
            await pages("i", LIMIT)


async def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure() -> None:
    """The request is made again on another one; but not for ever."""
    async with server(EMPTY, b"", EMPTY) as (url, asked), signed(url) as pages:
        await pages("i", LIMIT)
        assert (await pages("i", LIMIT))["Records"] == []
        assert len(asked) == 3
    async with server(b"", b"", b"") as (url, asked), signed(url) as pages:
        with pytest.raises(HTTPClientError):
            await pages("i", LIMIT)
        assert len(asked) == 3


def _told(record: dict[str, Any]) -> str:
    return json.dumps(
        {**record, "ApproximateArrivalTimestamp": round(record["ApproximateArrivalTimestamp"], 3)}, sort_keys=True
    )
