"""What `make up`, `down`, `clean`, `ps`, `logs`, `env` and `kill` do, whichever way the stack runs."""

import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stack import accounts, engine, lan, machine, orphans, settings, state, targets
from stack.containers import Containers
from stack.errors import StackError
from stack.processes import Processes
from stack.progress import Progress
from stack.runner import BoxState, Runner
from stack.settings import Settings


def up(follow: bool) -> None:
    """Start what does not run, wait until all is healthy, print the addresses and the accounts.

    follow: then print the logs until Ctrl-C, and stop the stack.
    """
    wanted = settings.from_env(os.environ)
    state.prepare(wanted.home)
    machine.check_before_start(wanted.home)
    with state.alone(wanted.home):
        chosen = choose(wanted, state.recall(wanted.home), engine.why_not)
        chosen = replace(chosen, lan=lan.chosen(wanted.lan))
        _stop_other(chosen)
        runner = runner_for(chosen)
        ran_before = runner.running()
        state.remember(chosen)
        with _stopped_on_interrupt(runner, ran_before), Progress() as progress:
            progress.say(f"target {chosen.mode}, emulator {_emulator(chosen)}; state in {chosen.home}")
            runner.start(progress)
    _print_welcome(chosen)
    if follow:
        _follow_then_stop(chosen)


def down() -> None:
    """Stop the stack, keep its state."""
    if last := _last():
        with state.alone(last.home):
            runner_for(last).stop()
    print("stopped; the state is kept (make clean forgets it)")


def clean() -> None:
    """Stop the stack and forget all of its state."""
    home = settings.from_env(os.environ).home
    if home.is_dir():
        state.prepare(home)
        with state.alone(home):
            for runner in (Processes(_of_mode("local")), Containers(_of_mode("docker"))):
                if isinstance(runner, Processes) or not engine.why_not():
                    runner.forget()
            state.forget(home)
    print("stopped; all state is forgotten")


def ps(as_json: bool) -> None:
    """Print what runs: a table, or a list of BoxState's fields."""
    last = _last()
    states = runner_for(last).states() if last else []
    if as_json:
        print(json.dumps(list(map(asdict, states))))
        return
    if not any(box.where for box in states):
        unwatched = ", ".join(orphans.names(last.home)) if last else ""
        print(
            f"still running, watched by nobody: {unwatched}; make up takes over"
            if unwatched
            else "nothing runs: make up"
        )
        return
    table = Table("box", "state", "health", "for", "where", "address", box=None, pad_edge=False)
    for box in states:
        table.add_row(*map(Text, (box.name, box.state, box.health, _ago(box), box.where, box.address)))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def logs(names: list[str], lines: int, forever: bool) -> None:
    """Print the boxes' logs; forever: until Ctrl-C, which leaves the stack running."""
    remembered = state.remembered(os.environ)
    try:
        runner_for(remembered).follow(names, lines, forever)
    except KeyboardInterrupt:
        return


def env() -> None:
    """Print the variables by which programs on this machine reach the running stack, as a shell reads them."""
    for name, value in targets.running(os.environ).items():
        print(f"export {name}={shlex.quote(value)}")


def demo(arguments: list[str]) -> None:
    """Play a match against the running stack."""
    _become("demo", *arguments)


def dlq(redrive: bool) -> None:
    """Show what is in the running stack's dead-letter queue, or give it a second try."""
    _become("demo.dlq", *(["--redrive"] if redrive else []))


def function_log(function: str, forever: bool) -> None:
    """Print what a function says, out of CloudWatch Logs; forever: until Ctrl-C."""
    _become("services.worker", "logs", function, *([] if forever else ["--no-follow"]))


def lab(program: str, arguments: list[str]) -> None:
    """Become a lab's own program, `python -m labs.<program>`, with the variables that lead to the running stack."""
    environ = {**os.environ, **targets.running(os.environ)}
    os.execve(sys.executable, [sys.executable, "-m", f"labs.{program}", *arguments], environ)  # noqa: S606 as above


def kill(name: str) -> None:
    """Kill a box as a crash would; tests and curious people watch it come back."""
    runner_for(state.remembered(os.environ)).kill(name)


def _become(module: str, *arguments: str) -> None:
    """Go on as `python -m module`, with the variables that lead to the running stack."""
    remembered = state.remembered(os.environ)
    if not runner_for(remembered).running():
        raise StackError("nothing runs: make up first")
    environ = {**os.environ, **targets.running(os.environ), "FOGBANK_PASSWORDS": str(remembered.home / "accounts.json")}
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environ)  # noqa: S606 no shell is wanted


def choose(wanted: Settings, last: Settings | None, no_docker: Callable[[], str]) -> Settings:
    """The settings with nothing left open: what the caller says, else what ran last, else Docker where it answers.

    last: the stack that was started before from this folder. no_docker: why Docker cannot be used, "" when it can.
    Raises StackError when it is wanted and cannot.
    """
    implied = "docker" if wanted.emulator in {"both", "localstack"} else ""
    mode = wanted.mode or implied or (last.mode if last else "")
    if mode != "local" and (reason := no_docker()):
        if mode == "docker":
            raise StackError(f"target docker cannot be used: {reason}. MODE=local make up needs no Docker")
        mode = "local"
    as_before = last is not None and last.mode == mode and not wanted.mode
    emulator = wanted.emulator or (last.emulator if last and as_before else "")
    return settings.resolved(replace(wanted, emulator=emulator), mode or "docker")


def runner_for(chosen: Settings) -> Runner:
    """The runner of a resolved setting."""
    return Processes(chosen) if chosen.mode == "local" else Containers(chosen)


def _stop_other(chosen: Settings) -> None:
    last = state.recall(chosen.home)
    if last and last.mode != chosen.mode and (last.mode == "local" or not engine.why_not()):
        other = runner_for(last)
        if other.running():
            print(f"stopping the stack that runs on target {last.mode}", flush=True)
            other.stop()


@contextmanager
def _stopped_on_interrupt(runner: Runner, ran_before: bool) -> Iterator[None]:
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if not ran_before:
            print("\nstopping what was started", flush=True)
            _stop_in_peace(runner)
        sys.exit(130)


def _follow_then_stop(chosen: Settings) -> None:
    runner = runner_for(chosen)
    try:
        runner.follow([], 0, forever=True)
    except KeyboardInterrupt:
        print("\nstopping; the state is kept", flush=True)
    with state.alone(chosen.home):
        _stop_in_peace(runner)


def _stop_in_peace(runner: Runner) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # an impatient second Ctrl-C must not leave half a stack
        signal.signal(number, signal.SIG_IGN)
    runner.stop()


def _as_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _last() -> Settings | None:
    return state.recall(settings.from_env(os.environ).home)


def _of_mode(mode: str) -> Settings:
    last = _last()
    wanted = replace(settings.from_env(os.environ), mode="", emulator="")
    return last if last and last.mode == mode else settings.resolved(wanted, mode)


def _print_welcome(chosen: Settings) -> None:
    ports, addresses = chosen.ports, targets.on_this_machine(chosen)
    rows = [
        ("site", f"http://localhost:{ports.site}/"),
        ("REST API", f"http://localhost:{ports.gateway}/alien-attack/prod/v1/..."),
        ("Lambda API", f"http://localhost:{ports.worker}"),
        ("Cognito", f"http://localhost:{ports.identity}"),
        ("inbox", f"http://localhost:{ports.identity}/inbox"),
        *((name, address) for name, address in addresses.items() if name in set(targets.answerers(chosen).values())),
    ]
    print("\nThe stack is up.")
    for name, address in rows:
        if name not in {targets.GATEWAY, targets.WORKER, targets.IDENTITY}:
            print(f"  {name:<11}{address.replace('127.0.0.1', 'localhost')}")
    if chosen.lan:
        print(f"  {'room':<11}http://{chosen.lan}:{ports.site}/  everybody on this network can open it")
    print("\nDemo accounts (kept in accounts.json):")
    for name, password in accounts.read(chosen.home).items():
        print(f"  {name:<11}{password}")
    print("\nmake demo plays a match, make logs shows what happens, make down stops.")


def _emulator(chosen: Settings) -> str:
    return {"both": "LocalStack and MiniStack", "localstack": "LocalStack", "ministack": "MiniStack"}[chosen.emulator]


def _ago(box: BoxState) -> str:
    if box.state not in {"running", "starting"}:
        return ""
    return f"{box.seconds} s" if box.seconds < 120 else f"{box.seconds // 60} min"
