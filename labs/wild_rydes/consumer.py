"""Prints what arrives in a Kinesis stream from now on, each record as indented JSON, until Ctrl-C.

    python -m labs.wild_rydes.consumer -stream wildrydes-summary

Needs boto3 and nothing else; boto3's own variables say where the stream is.
"""

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

EVERY = 1.0  # seconds between two reads of a shard: AWS allows five a second, to all readers together


class Tail:
    """All shards of a stream, from LATEST on; shards that come from a split or a merge are read from their start."""

    def __init__(self, kinesis: Any, stream: str) -> None:
        self.kinesis = kinesis
        self.stream = stream
        self.iterators = {shard: self._iterator(shard, "LATEST") for shard in self._open_shards()}
        self.seen = set(self.iterators)

    def records(self) -> Iterator[dict[str, Any]]:
        """What has arrived since the last call. Raises boto3's errors, but for a shard that is being read too often."""
        for shard, iterator in list(self.iterators.items()):
            try:
                answer = self.kinesis.get_records(ShardIterator=iterator)
            except self.kinesis.exceptions.ProvisionedThroughputExceededException:
                continue
            yield from answer["Records"]
            self._go_on(shard, answer)

    def _go_on(self, shard: str, answer: dict[str, Any]) -> None:
        if following := answer.get("NextShardIterator"):
            self.iterators[shard] = following
            return
        del self.iterators[shard]
        for child in answer.get("ChildShards", ()):
            if child["ShardId"] not in self.seen:
                self.seen.add(child["ShardId"])
                self.iterators[child["ShardId"]] = self._iterator(child["ShardId"], "TRIM_HORIZON")

    def _open_shards(self) -> list[str]:
        pages = self.kinesis.get_paginator("list_shards").paginate(StreamName=self.stream)
        shards = (shard for page in pages for shard in page["Shards"])
        return [shard["ShardId"] for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]

    def _iterator(self, shard: str, where: str) -> str:
        answer = self.kinesis.get_shard_iterator(StreamName=self.stream, ShardId=shard, ShardIteratorType=where)
        return str(answer["ShardIterator"])


def shown(data: bytes) -> str:
    """A record's data as it is printed: JSON indented by four, anything else as text."""
    try:
        return json.dumps(json.loads(data), indent=4, ensure_ascii=False)
    except ValueError:
        return data.decode(errors="replace")


def run(tail: Tail, limit: int | None, stop: Event) -> None:
    """Print records until stop is set, or the limit is reached."""
    left = limit
    while not stop.is_set():
        for record in tail.records():
            print(shown(record["Data"]), flush=True)
            left = None if left is None else left - 1
            if left == 0:
                return
        stop.wait(EVERY)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 also after Ctrl-C, 1 with the reason when the stream cannot be read."""
    asked = _parser().parse_args(arguments)
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        tail = Tail(boto3.client("kinesis"), asked.stream)
        print(f"reading {asked.stream}: {len(tail.iterators)} shards", file=sys.stderr, flush=True)
        run(tail, asked.msgs, stop)
    except (BotoCoreError, ClientError) as error:
        print(f"consumer: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has gone, as in `consumer | head`
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="consumer", description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("-stream", "--stream", default="wildrydes", help="the stream (default: %(default)s)")
    parser.add_argument("-msgs", "--msgs", type=int, metavar="N", help="stop after N records")
    return parser


if __name__ == "__main__":
    sys.exit(main())
