"""The boxes of a running stack as processes, and whether they have worked off what they accepted."""

import json
from collections.abc import Mapping

from bench.processes import cpu
from cloud import clients
from cloud.wait import until
from demo.referee import SCOREBOARD, STREAM
from demo.settings import from_env
from demo.stream import positions
from stack.apart import Stack

PATIENCE = 120.0  # seconds


def pids(stack: Stack) -> dict[str, int]:
    """Name -> process id of every box, on target local."""
    boxes = json.loads(stack.front_door("ps", "--json"))
    return {box["name"]: int(box["where"].removeprefix("process ")) for box in boxes if box["where"]}


def wait_worked_off(stack: Stack) -> None:
    """Wait until the scoreboard function has handled everything that is in the stream."""
    worker = from_env(stack.environ).worker
    until(lambda: _worked_off(positions(worker, STREAM, SCOREBOARD)), PATIENCE, what="the stream to be worked off")


def _worked_off(checkpoints: Mapping[str, int]) -> bool:
    kinesis = clients.client("kinesis")
    for shard, checkpoint in checkpoints.items():
        start = {"ShardIteratorType": "TRIM_HORIZON"}
        if checkpoint >= 0:
            start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": str(checkpoint)}
        iterator = kinesis.get_shard_iterator(StreamName=STREAM, ShardId=shard, **start)["ShardIterator"]
        if kinesis.get_records(ShardIterator=iterator, Limit=1)["Records"]:
            return False
    return True


def cpu_of(boxes: Mapping[str, int]) -> dict[str, float]:
    """Seconds of CPU used so far, by box."""
    return {name: cpu(pid) for name, pid in boxes.items()}
