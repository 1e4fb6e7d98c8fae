"""Unsampled: the game's raw 53 events a second from each of 200 gamers, 10,600 a second, aggregated by their clients.

The mapping reads through a registered consumer, so the worker takes the aggregates apart (enhanced fan-out); the
handler parses every event and notes its number. In the end every number that was accepted must have been noted.
"""

from dataclasses import asdict

from bench.load import finish, start
from bench.measure import spread
from bench.processes import Meter
from bench.producer import Sent, Wish
from bench.report import Figure, Plot, Report, Series, Target
from bench.rig import Rig
from bench.surroundings import Surroundings
from cloud import clients
from cloud.wait import until

STREAM, SHARDS = "bench-unsampled", 4
PATIENCE = 120.0  # seconds
SOON = 5000.0  # ms after which the slowest batch must have begun: what holds does not fall behind


def run(around: Surroundings) -> Report:
    """Measure."""
    report, scale = Report("unsampled"), around.scale
    with around.rig() as rig:
        notes = rig.function("unsampled", "noting.reading")
        rig.mapping("unsampled", _consumer(rig), BatchSize=1000)
        wish = Wish(STREAM, scale.unsampled_gamers, scale.unsampled_events, scale.unsampled_seconds)
        around.say(f"{wish.gamers * wish.events} events a second")
        meter = Meter(rig.pids)
        sent = Sent(**finish(start("bench.producer", asdict(wish)), wish.seconds))
        shares = meter.shares()
        noted = notes.wait(sent.events, PATIENCE)
    _tell(report, wish, sent, noted)
    for name, share in shares.items():
        report.figures.append(Figure(f"{name}, CPU", 100 * share, "% of a core"))
    return report


def _consumer(rig: Rig) -> str:
    stream, kinesis = rig.stream(STREAM, SHARDS), clients.client("kinesis")
    arn = str(kinesis.register_stream_consumer(StreamARN=stream, ConsumerName="bench")["Consumer"]["ConsumerARN"])
    until(
        lambda: kinesis.describe_stream_consumer(ConsumerARN=arn)["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE",
        PATIENCE,
        what="the consumer",
    )
    return arn


def _tell(report: Report, wish: Wish, sent: Sent, noted: list[dict[str, object]]) -> None:
    report.loaded(sent.cpu)
    numbers = [number for note in noted for number in _numbers(note)]
    delays = [1000 * (float(str(note["in"])) - float(str(note["oldest"]))) for note in noted]
    found, asked = spread(delays), float(wish.gamers * wish.events)
    report.figures += [
        Figure(
            "events accepted",
            sent.events / wish.seconds,
            "/s",
            "asked for",
            asked,
            Target(at_least=0.99, of_limit=True),
        ),
        Figure("events handled", len(set(numbers)), "", "accepted", sent.events, Target(at_least=1, of_limit=True)),
        Figure("events lost", sent.events - len(set(numbers)), "", target=Target(at_most=0)),
        Figure("events handled again", len(numbers) - len(set(numbers)), ""),
        Figure("put to handler, p50 of batches", found.p50, "ms"),
        Figure("put to handler, p99 of batches", found.p99, "ms", target=Target(at_most=SOON)),
        Figure("aggregated records", sent.records / wish.seconds, "/s"),
    ]
    report.plots.append(Plot("batch", "put to handler in ms", [Series("delay", list(enumerate(delays)))]))


def _numbers(note: dict[str, object]) -> list[int]:
    numbers = note["numbers"]
    assert isinstance(numbers, list)
    return numbers
