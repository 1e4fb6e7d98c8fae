"""One run: a stack of its own, a match with faults, the accounting, and a match without faults after it."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import SubprocessError
from typing import Any

from chaos.containers import Containers
from chaos.faults import Faults
from chaos.plan import WRONG_BY, Plan, plan
from chaos.processes import Processes
from chaos.target import Target
from cloud import clients
from cloud.errors import FogbankError, Unavailable
from cloud.wait import until
from demo.match import Match
from demo.match import run as play
from demo.measure import Outcome
from demo.result import Result
from demo.settings import from_env
from labs.alien_attack.lab import LAB
from labs.declare import Table
from stack.apart import BACK, Stack, leading_to
from stack.containers import WELL
from stack.settings import Ports

SESSIONS = next(table.TableName for table in LAB.of(Table) if table.logical_id == "Session")
PATIENCE = 90.0  # seconds in which the boxes work off what they accepted
AFTER = 4.0  # seconds of the match without faults
SIGNED_UP = 180.0  # seconds in which that match can begin, where everybody signs up anew on a machine that is busy
FAILURES = (FogbankError, AssertionError, SubprocessError)
"""By which a run ends that cannot be played to its end."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """seconds: of play; faults: in each run; port: the first of ports that are free."""

    gamers: int = 24
    seconds: float = 10.0
    interval: float = 0.2
    faults: int = 5
    port: int = 18_700
    target: str = "local"
    emulator: str = ""


@dataclass
class Account:
    """What a run came to. complaints: everything that is wrong; back: seconds until all boxes were healthy."""

    plan: Plan
    complaints: list[str] = field(default_factory=list)
    accepted: int = 0
    failed: int = 0
    lost: int = 0
    repeated: int = 0
    met: int = 0
    back: float = 0.0

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.complaints


def runs(seeds: Iterable[int], options: Options, say: Say) -> Iterator[Account]:
    """Play the runs of these seeds, on one stack until one of them went wrong, then on another."""
    left = list(seeds)
    while left:
        with tempfile.TemporaryDirectory(prefix="fogbank-chaos-") as folder:
            yield from _until_wrong(left, _target(Path(folder), options), options, say)


def _until_wrong(left: list[int], target: Target, options: Options, say: Say) -> Iterator[Account]:
    account = Account(plan(left.pop(0), options.seconds, options.faults, options.target))
    try:
        with target.opened() as way, leading_to(target.stack.environ):
            doing = Faults(target, way, say)
            _calm(target.stack, options)  # accounts are there and functions warm before anything is struck
            while run(account, target.stack, doing, options, say) and left:
                yield account
                account = Account(plan(left.pop(0), options.seconds, options.faults, options.target))
    except FAILURES as error:
        if asked := _asked_to_end(error):
            raise asked from error
        account.complaints.append(f"the run ended with {error}")
    yield account


def _asked_to_end(error: BaseException | None) -> SystemExit | None:
    """What was on its way when cleaning up failed."""
    while error and not isinstance(error, SystemExit):
        error = error.__context__
    return error if isinstance(error, SystemExit) else None


def run(account: Account, stack: Stack, doing: Faults, options: Options, say: Say) -> bool:
    """Play the account's plan; whether it went right. What cannot be played to its end counts as wrong."""
    with _logs_kept(account, stack, say):
        try:
            _play(account, stack, doing, options, say)
        except FAILURES as error:
            account.complaints.append(f"the run ended with {error}")
    return account.right


@contextmanager
def _logs_kept(account: Account, stack: Stack, say: Say) -> Iterator[None]:
    """The boxes' logs outlive a run that went wrong."""
    try:
        yield
    except BaseException:
        say(f"logs of the boxes: {_keep_logs(account, stack)}")
        raise
    if account.complaints:
        say(f"logs of the boxes: {_keep_logs(account, stack)}")


def _target(folder: Path, options: Options) -> Target:
    ports = Ports.in_a_row(options.port).environment()
    told = {**ports, "FOGBANK_EVENT_RETRY_SECONDS": "1", "EMULATOR": options.emulator}
    kind = Processes if options.target == "local" else Containers
    return kind(folder / "home", told, options.port + 19)


def _play(account: Account, stack: Stack, doing: Faults, options: Options, say: Say) -> None:
    matches: list[Match] = []
    met = doing.way.mode("pass", seed=account.plan.seed)

    async def watch(match: Match) -> None:
        matches.append(match)

    result = _match(stack, options, options.seconds, [*doing.of(account.plan)], watch)
    account.met = doing.way.mode("pass") - met
    account.accepted, account.failed, account.lost = result.accepted, result.failed, result.lost
    account.repeated = result.verdict.duplicates
    account.complaints += _wrong(result)
    account.complaints += _leaked(matches[0])
    if account.plan.wiped:
        say("the emulator loses its state")
        for emulator in stack.emulators:
            stack.wipe(emulator)
    account.back = _wait_back(account, stack)
    account.complaints += _afterwards(stack, options)


def _match(stack: Stack, options: Options, seconds: float, faults: Any = (), watcher: Any = None) -> Result:
    settings = from_env(
        stack.environ,
        name="chaos-",
        gamers=options.gamers,
        seconds=seconds,
        interval=options.interval,
        patience=PATIENCE,
        slack=max(WRONG_BY),
    )
    return play(settings, faults, watcher)


def _wrong(result: Result) -> list[str]:
    found = list(result.verdict.complaints)
    if result.handled < result.in_stream:
        found.append(f"{result.in_stream - result.handled} records were not handled in {PATIENCE:g} s")
    if result.seated < result.gamers:  # first, because what they post all the same is on no board
        found.insert(0, f"{result.gamers - result.seated} gamers got no seat in {PATIENCE:g} s")
    return found if found or result.right else ["no post was accepted"]


def _leaked(match: Match) -> list[str]:
    """Gamers whose last post, the end of their game, was accepted, and who have their seat all the same."""
    assert match.plan
    ended = {
        post.nickname for post in match.ledger.posts if post.outcome is Outcome.ACCEPTED and post.status.lives == 0
    }
    key = {"SessionId": {"S": match.plan.session_id}}
    session = clients.client("dynamodb").get_item(TableName=SESSIONS, Key=key, ConsistentRead=True).get("Item", {})
    playing = set(session.get("PlayingGamers", {}).get("SS", ()))
    return [f"seat leaked: {nickname} has finished and still plays" for nickname in sorted(ended & playing)]


def _wait_back(account: Account, stack: Stack) -> float:
    """Seconds until every box is healthy."""
    began = time.monotonic()
    try:
        until(lambda: not _unwell(stack), BACK, what="all boxes to be healthy", interval=0.5)
    except Unavailable:
        account.complaints.append(f"not healthy after {BACK} s: {', '.join(_unwell(stack))}")
    return time.monotonic() - began


def _unwell(stack: Stack) -> list[str]:
    boxes = json.loads(stack.front_door("ps", "--json"))
    return [f"{box['name']} {box['state']} {box['health']}" for box in boxes if box["health"] not in WELL]


def _afterwards(stack: Stack, options: Options) -> list[str]:
    """What is wrong with a match without faults."""
    result = _calm(stack, options)
    wrong = _wrong(result)
    if result.server_errors:
        wrong.append(f"{result.server_errors} answers with 5xx: {result.codes}")
    return [f"in the match after it: {line}" for line in wrong]


def _calm(stack: Stack, options: Options) -> Result:
    """A match without faults, as soon as it can be played: as soon as there is a user pool to sign in to."""
    return until(lambda: _match(stack, options, AFTER), SIGNED_UP, what="a match", interval=1.0)


def _keep_logs(account: Account, stack: Stack) -> str:
    kept = tempfile.mkdtemp(prefix=f"fogbank-chaos-seed{account.plan.seed}-")
    if stack.target == "local":
        shutil.copytree(stack.home / "logs", kept, dirs_exist_ok=True)
    else:
        said = stack.front_door("logs", "--lines", "100000", timeout=120)
        (Path(kept) / "containers.log").write_text(said, encoding="utf-8")
    return kept
