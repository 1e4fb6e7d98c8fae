"""Ingest: how many authenticated posts a second the gateway accepts, and how fast it answers at the game's own rate.

Beside it, in turns: a bare FastAPI endpoint that checks the same token and parses the same body, in a process of its
own, and boto3's PutRecords of 500 on the same emulator. While the hot path is measured the worker is paused, as the
bare endpoint has no worker behind it either; the fixed rate is measured with all boxes at work.
"""

import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field

import jwt

from bench import boxes, limits
from bench.generator import Load, Outcome, send
from bench.measure import middle, spread
from bench.processes import Meter, Process, paused, running
from bench.report import Figure, Plot, Report, Series, Target
from bench.room import Room, room
from bench.surroundings import Surroundings
from cloud import clients
from cloud.errors import FogbankError

HALF = Target(at_least=0.5, of_limit=True)
STREAM = "bench-limit"


class NotAccepted(FogbankError):
    """Posts were answered with something else than 200: the figures would mean nothing."""


@dataclass
class Side:
    """One of the two that are compared. cpu: microseconds of its process for each request."""

    address: str
    pid: int
    rates: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def rate(self, connections: int) -> float:
        """The median of the repeats, requests a second."""
        return middle(self.rates[connections])


def run(around: Surroundings) -> Report:
    """Measure."""
    scale, report, stack = around.scale, Report("ingest"), around.stack
    pids = boxes.pids(stack)
    with room(stack, max(*scale.connections, 100 if scale.rate > 100 else 1)) as there:
        with running(_bare(around, there)) as bare:
            gateway = Side(there.address, pids["gateway"])
            beside = Side(f"http://127.0.0.1:{around.spare_port()}", bare.pid)
            for _ in range(scale.repeats):
                with paused([pids["worker"]]):
                    _saturate(around, report, there, gateway, beside)
                boxes.wait_worked_off(stack)
            _tell(report, gateway, beside, scale.connections)
            _fixed_rate(around, report, there, beside)
        boxes.wait_worked_off(stack)
    report.figures.append(_puts(around, middle(gateway.rates[max(scale.connections)])))
    return report


def _bare(around: Surroundings, there: Room) -> Process:
    issuer = jwt.decode(there.gamers[0].token, options={"verify_signature": False})["iss"]
    keys = f"{clients.endpoint('cognito-idp')}/{issuer.rpartition('/')[2]}/.well-known/jwks.json"
    file = around.folder / "jwks.json"
    with urllib.request.urlopen(keys, timeout=10) as answer:
        file.write_bytes(answer.read())
    port = str(around.spare_port())
    return Process(["bench.bare", port, str(file)], f"http://127.0.0.1:{port}/health", around.folder / "bare.log")


def _saturate(around: Surroundings, report: Report, there: Room, *sides: Side) -> None:
    """Every number of connections, each side in turn."""
    for connections in around.scale.connections:
        for side in sides:
            around.say(f"{connections} connections to {side.address}")
            load = Load(side.address, there.posts(side.address), around.scale.seconds, 0.0, connections)
            send(Load(load.address, load.requests, max(0.2, around.scale.warm_up), 0.0, connections))
            meter = Meter({"it": side.pid})
            outcome = _accepted(send(load))
            side.cpu[connections].append(1e6 * meter.used()["it"] / max(1, outcome.good))
            side.rates[connections].append(outcome.rate)
            report.loaded(outcome.cpu)


def _tell(report: Report, gateway: Side, bare: Side, counts: tuple[int, ...]) -> None:
    for connections in counts:
        name = f"posts accepted, {connections} connection{'s' if connections > 1 else ''}"
        # Few callers wait for the stream most of the time, and for each other: their rate is a latency, not a limit.
        wish = HALF if connections == max(counts) else None
        report.figures.append(
            Figure(name, gateway.rate(connections), "/s", "bare endpoint", bare.rate(connections), wish)
        )
    for connections in counts:
        cost, limit = (middle(side.cpu[connections]) for side in (gateway, bare))
        report.figures.append(Figure(f"CPU of a post, {connections} at once", cost, "us", "bare endpoint", limit))
    lines = [Series(name, [(n, side.rate(n)) for n in counts]) for name, side in (("gateway", gateway), ("bare", bare))]
    report.plots.append(Plot("connections", "posts accepted a second", lines, log=True))


def _fixed_rate(around: Surroundings, report: Report, there: Room, bare: Side) -> None:
    """The room's own rate, by an open loop, all boxes at work."""
    scale, lines = around.scale, []
    found = {}
    for name, address in (("bare", bare.address), ("gateway", there.address)):
        around.say(f"{scale.rate:g} posts a second to the {name}")
        posts = there.posts(address)
        outcome = _accepted(send(Load(address, posts, scale.rate_seconds, 1.0, rate=scale.rate)))
        report.loaded(outcome.cpu)
        found[name] = spread(outcome.latencies)
        lines.append(Series(name, _curve(outcome.latencies)))
    limit, what = found["bare"], f"latency at {scale.rate:g}/s"
    report.figures += [
        Figure(f"{what}, p50", found["gateway"].p50, "ms", "bare endpoint", limit.p50),
        Figure(f"{what}, p99", found["gateway"].p99, "ms", "bare endpoint", limit.p99, Target(at_most=30)),
    ]
    report.plots.append(Plot("share of posts, %", "latency in ms", lines))
    report.notes.append(
        "Hot path: the worker is paused. Fixed rate: an open loop with all boxes at work, latency from when it was due."
    )


def _puts(around: Surroundings, posts: float) -> Figure:
    clients.client("kinesis").create_stream(StreamName=STREAM, ShardCount=2)
    around.say("PutRecords of 500")
    limit = middle(limits.put_rate(STREAM, around.scale.seconds) for _ in range(around.scale.repeats))
    clients.client("kinesis").delete_stream(StreamName=STREAM)
    return Figure("records through the gateway", posts, "/s", "boto3 PutRecords of 500", limit)


def _accepted(outcome: Outcome) -> Outcome:
    if wrong := {status: count for status, count in outcome.statuses.items() if status != "200"}:
        raise NotAccepted(f"posts were answered otherwise: {wrong}")
    return outcome


def _curve(latencies: list[float]) -> list[tuple[float, float]]:
    """Latency by share of the posts, in hundredths."""
    ordered = sorted(latencies)
    return [(share, ordered[min(len(ordered) - 1, share * len(ordered) // 100)]) for share in range(1, 100)]
