"""After the match: waits until the boxes are through, and gathers what the verdict is based on."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import datetime

from cloud.errors import FogbankError, Unavailable
from cloud.wait import until_async
from demo import archive, stream
from demo.manager import Manager
from demo.measure import Ledger
from demo.result import Evidence
from demo.settings import Settings
from demo.verdict import Verdict, judge, judge_archive
from labs.alien_attack.lab import LAB
from labs.declare import Bucket, Function, Stream

STREAM = next(resource.Name for resource in LAB.of(Stream) if resource.logical_id == "Input")
SCOREBOARD = next(function.FunctionName for function in LAB.of(Function) if function.logical_id == "ScoreboardFn")
RAW = next(bucket.BucketName for bucket in LAB.of(Bucket) if bucket.logical_id == "Raw")
CACHE_SECONDS = 1.0  # the gateway may answer GET scoreboard from its cache for so long


async def evidence(settings: Settings, manager: Manager, ledger: Ledger, since: datetime) -> Evidence:
    """What is in the stream since then, what was handled, and the verdict on the board, once the boxes are through."""
    found = await asyncio.to_thread(stream.records, STREAM, since, manager.session_id)
    checkpoints = await _caught_up(settings, found)
    verdict = await _verdict(settings, manager, ledger, found)
    archived = await _archived(settings, manager.session_id, found, since)
    judge_archive(verdict, found, archived)
    return Evidence(manager.session_id, settings, ledger, found, checkpoints, archived, verdict)


async def _caught_up(settings: Settings, found: list[stream.Record]) -> dict[str, int]:
    """The scoreboard function's positions once it has handled all these records, or when patience is at its end."""
    latest: dict[str, int] = {}

    async def through() -> bool:
        latest.update(await asyncio.to_thread(stream.positions, settings.worker, STREAM, SCOREBOARD))
        return stream.handled(found, latest) == len(found)

    with suppress(Unavailable):  # the figures then say how many are missing
        await until_async(through, settings.patience)
    return latest


async def _archived(
    settings: Settings, session_id: str, found: list[stream.Record], since: datetime
) -> Counter[stream.Place]:
    """The lines of the archive once all these records are there, or when patience is at its end."""
    lines = archive.Archive(RAW, since, session_id, settings.slack)
    counted: Counter[stream.Place] = Counter()

    async def all_there() -> bool:
        counted.update(await asyncio.to_thread(lines.count) - counted)
        return archive.complete(counted, found)

    with suppress(Unavailable):  # the verdict then says which are missing
        await until_async(all_there, settings.patience)
    return counted


async def _verdict(settings: Settings, manager: Manager, ledger: Ledger, found: list[stream.Record]) -> Verdict:
    rows = await until_async(manager.gamers, settings.patience, what="the gamers' rows")
    guests = {row["Nickname"] for row in rows} - ledger.nicknames
    verdicts: list[Verdict] = []

    async def top_is_right() -> bool:
        verdicts.append(judge(ledger.posts, found, ledger.seated, rows, await manager.top_ten(), guests=guests))
        return not verdicts[-1].wrong_top

    with suppress(Unavailable):
        await until_async(top_is_right, 2 * CACHE_SECONDS)
    if not verdicts:
        raise FogbankError("the scoreboard could not be read")
    return verdicts[-1]
