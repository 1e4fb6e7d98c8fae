"""The environments of a function: reuse, growth, replacement."""

import asyncio
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from cloud.errors import AwsError
from cloud.wait import until_async
from services.worker.execution import pool as pool_module
from services.worker.execution.environment import Environment, Release
from services.worker.execution.pool import InitFailed, Pool
from services.worker.execution.runtime_api import Answer
from services.worker.functions import configuration
from services.worker.functions.store import Stored


class Fake:
    """An environment without a process."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.alive = True
        self.served = 0
        self.closed = False

    def printed(self) -> bytes:
        return b"printed"

    async def close(self) -> None:
        self.closed = True


class Started(list[Fake]):
    """Starts fakes, and keeps them."""

    failure: Answer | None = None

    async def __call__(self, release: Release) -> tuple[Environment, Answer | None]:
        self.append(Fake(release))
        return cast(Environment, self[-1]), self.failure


@pytest.fixture
def started() -> Started:
    return Started()


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return a_release(tmp_path)


def a_release(folder: Path, **more: Any) -> Release:
    code = Stored({"S3Bucket": "hot-reload", "S3Key": str(folder)}, "sha", 0)
    request = {"Handler": "app.handler", "Runtime": "python3.13", "Role": "r", **more}
    function = configuration.created(request, "arn:aws:lambda:us-east-1:000000000000:function:f", code)
    return Release(function, "1", folder)


async def test_an_environment_is_reused(started: Started, release: Release) -> None:
    """One call after the other needs one environment."""
    pool = Pool(started, cap=10, keep=60)
    for _ in range(3):
        async with pool.environment(release, 1):
            assert len(started) == 1


async def test_concurrent_calls_get_environments_of_their_own_up_to_the_cap(started: Started, release: Release) -> None:
    """An environment runs one invocation at a time; what goes beyond the cap waits for one that is freed."""
    pool = Pool(started, cap=2, keep=60)
    running, most = 0, 0

    async def call() -> None:
        nonlocal running, most
        async with pool.environment(release, 5):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(call() for _ in range(20)))

    assert (most, len(started)) == (2, 2)


async def test_calls_that_are_soon_done_share_two_environments(started: Started, release: Release) -> None:
    """A room that presses a button at once: to start one takes longer than to wait for one."""
    pool = Pool(started, cap=10, keep=60)

    async def call() -> None:
        async with pool.environment(release, 5):
            await asyncio.sleep(0)

    await asyncio.gather(*(call() for _ in range(50)))

    assert len(started) == 2


async def test_calls_that_wait_while_nothing_is_freed_get_environments_of_their_own(
    started: Started, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as many each time, up to as many as there are calls; also after calls before them gave up."""
    monkeypatch.setattr(pool_module, "WHILE", 0.01)
    pool, done, running = Pool(started, cap=10, keep=60), asyncio.Event(), 0

    async def call(patience: float) -> None:
        nonlocal running
        async with pool.environment(release, patience):
            running += 1
            await done.wait()

    async def all_run() -> bool:
        return running == 7

    async with asyncio.TaskGroup() as calls:
        for _ in range(2):
            calls.create_task(call(30))
        await asyncio.sleep(0)
        with pytest.raises(AwsError, match="TooManyRequestsException"):
            await call(0.0)
        for _ in range(5):
            calls.create_task(call(30))
        assert await until_async(all_run, 30, interval=0.001)
        done.set()

    assert len(started) == 7


async def test_calls_that_wait_are_answered_when_starts_fail(started: Started, release: Release) -> None:
    """One start's failure answers one call; the others start anew."""
    pool = Pool(started, cap=10, keep=60)
    started.failure = Answer(b"{}", failed=True)

    async def call() -> None:
        with pytest.raises(InitFailed):
            async with pool.environment(release, 5):
                pass

    await asyncio.gather(*(call() for _ in range(6)))

    assert len(started) == 6


async def test_a_call_that_waits_too_long_is_throttled(started: Started, release: Release) -> None:
    """As Lambda says it: 429 TooManyRequestsException."""
    pool = Pool(started, cap=1, keep=60)
    async with pool.environment(release, 1):
        with pytest.raises(AwsError, match="TooManyRequestsException"):
            async with pool.environment(release, 0.01):
                pass

    async with pool.environment(release, 1):  # nothing was lost by it
        assert len(started) == 1


async def test_another_release_runs_in_a_fresh_environment(started: Started, release: Release, tmp_path: Path) -> None:
    """Idle environments of the old release end; a busy one ends when it is given back."""
    pool = Pool(started, cap=10, keep=60)
    other = Release(release.function, "2", tmp_path)
    async with pool.environment(release, 1), pool.environment(other, 1):
        assert [fake.release for fake in started] == [release, other]
    await until_async(lambda: _closed(started[0]), 30, interval=0.001)

    assert not started[1].closed


async def test_a_dead_environment_is_replaced(started: Started, release: Release) -> None:
    """After a crash or a timeout the next call gets a new one."""
    pool = Pool(started, cap=1, keep=60)
    async with pool.environment(release, 1):
        started[0].alive = False
    async with pool.environment(release, 1):
        assert len(started) == 2


async def test_a_failed_start_is_the_answer_to_the_call(started: Started, release: Release) -> None:
    """And the next call tries again."""
    pool = Pool(started, cap=1, keep=60)
    started.failure = Answer(b'{"errorType":"Runtime.ImportModuleError"}', failed=True)
    with pytest.raises(InitFailed) as failed:
        async with pool.environment(release, 1):
            pass

    assert (failed.value.answer, failed.value.log) == (started.failure, b"printed")

    started.failure = None
    async with pool.environment(release, 1):
        assert len(started) == 2


async def test_an_unused_environment_ends_after_a_while(started: Started, release: Release) -> None:
    """It is not kept for ever."""
    pool = Pool(started, cap=1, keep=0.01)
    async with pool.environment(release, 1):
        pass

    assert await until_async(lambda: _closed(started[0]), 30, interval=0.001)


async def _closed(fake: Fake) -> bool:
    return fake.closed


async def test_an_environment_that_comes_as_patience_ends_is_not_lost(started: Started, release: Release) -> None:
    """Freed in the same turn of the loop in which a call gives up: the next call must not wait for it for ever."""
    pool, over = Pool(started, cap=1, keep=60), asyncio.Event()

    async def hold() -> None:
        async with pool.environment(release, 5):
            await over.wait()

    async def late() -> None:
        async with pool.environment(release, 0.05):
            pass

    def free_it_and_be_late() -> None:
        over.set()
        threading.Event().wait(0.1)  # when the loop goes on, the environment is freed and the patience is over

    holder, caller = asyncio.create_task(hold()), asyncio.create_task(late())
    asyncio.get_running_loop().call_later(0.01, free_it_and_be_late)
    await asyncio.gather(holder, caller, return_exceptions=True)

    async with pool.environment(release, 1):
        assert len(started) == 1
