"""A push of the board to everybody in the room: how long it takes to the last of them, and what it costs all boxes."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

from bench.processes import Meter
from bench.room import Room
from bench.sockets import Sockets
from cloud import clients
from cloud.wait import until_async
from labs.alien_attack.lab import LAB
from labs.declare import Table

PATIENCE = 60.0  # seconds for a push to reach everybody
MARKS = next(table.TableName for table in LAB.of(Table) if table.logical_id == "Marks")


@dataclass(frozen=True)
class Push:
    """seconds: from the board's change to the last who is told; cpu: seconds of each box."""

    seconds: float
    cpu: dict[str, float]


@dataclass
class _Ears:
    """What a room full of clients hears. told: how many got the board since it was last set to 0."""

    told: int = 0

    def hear(self, text: bytes) -> None:
        if orjson.loads(text)["type"] == "board":
            self.told += 1


def pushes(there: Room, pids: Mapping[str, int], times: int) -> list[Push]:
    """Everybody of the room connects; then the board changes so many times, and everybody is told."""
    return asyncio.run(_pushes(there, pids, times))


async def _pushes(there: Room, pids: Mapping[str, int], times: int) -> list[Push]:
    ears = _Ears()
    sockets = Sockets(ears.hear)
    try:
        await sockets.open(_address(there), [gamer.token for gamer in there.gamers])
        await _push(there, ears, pids)  # the first one finds functions that have just started
        return [await _push(there, ears, pids) for _ in range(times)]
    finally:
        sockets.close()


async def _push(there: Room, ears: _Ears, pids: Mapping[str, int]) -> Push:
    async def all_told() -> bool:
        return ears.told >= len(there.gamers)

    meter, began, ears.told = Meter(pids), time.perf_counter(), 0
    await asyncio.to_thread(_touch, there.session_id)
    await until_async(all_told, PATIENCE, what="everybody to be told", interval=0.005)
    return Push(time.perf_counter() - began, meter.used())


def _touch(session_id: str) -> None:
    """As the scoreboard function says that a board has changed."""
    clients.client("dynamodb").update_item(
        TableName=MARKS,
        Key={"Name": {"S": f"board/{session_id}"}},
        UpdateExpression="SET #At = :now",
        ExpressionAttributeNames={"#At": "At"},
        ExpressionAttributeValues={":now": {"N": str(time.time_ns() // 1_000_000)}},
    )


def _address(there: Room) -> str:
    """Of the WebSocket API: its path as the lab tells it, where the gateway is reached."""
    return f"ws://{urlsplit(there.address).netloc}{urlsplit(there.live).path}"
