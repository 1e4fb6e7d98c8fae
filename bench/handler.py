"""Stream to handler: how soon a record on an idle shard is in its handler, what waiting costs, how fast a backlog goes.

A backlog is written while the workers are paused; the clock starts when they go on and stops when the handler has the
last record. Beside it, in turns and with the workers paused again, a bare loop of boto3's get_records over the same
records.
"""

import random
import time
from contextlib import ExitStack

from bench import limits
from bench.measure import middle, rest, spread
from bench.notes import Notes
from bench.processes import Meter, cpu, paused
from bench.report import Figure, Plot, Report, Series, Target
from bench.rig import KEYS, Rig, hash_key
from bench.surroundings import Surroundings

HALF = Target(at_least=0.5, of_limit=True)
IDLE, BACKLOG = "bench-idle", "bench-backlog-{}"
PATIENCE = 60.0  # seconds


def run(around: Surroundings) -> Report:
    """Measure."""
    report = Report("handler")
    with around.rig() as rig:
        _idle(around, report, rig)
        _drain(around, report, rig)
    return report


def _idle(around: Surroundings, report: Report, rig: Rig) -> None:
    scale = around.scale
    notes = rig.function("idle", "noting.timing")
    uuid = rig.mapping("idle", rig.stream(IDLE, scale.idle_shards))
    around.say(f"records on {scale.idle_shards} idle shards")
    delays, alone = _delays(around, rig, notes)
    found = spread(delays)
    report.figures += [
        Figure("idle shard: put to handler, p50", found.p50, "ms", "put alone", alone, Target(at_most=150)),
        Figure("idle shard: put to handler, p99", found.p99, "ms", "put alone", alone, Target(at_most=400)),
    ]
    around.say("an idle worker")
    share = _idle_share(rig, scale.idle_seconds)
    what = f"idle worker with {scale.idle_shards} shards"
    report.figures += [
        Figure(what, 100 * share["worker 1"], "% of a core", "", None, Target(at_most=5)),
        Figure("the emulator meanwhile", 100 * share["emulator"], "% of a core"),
    ]
    report.plots.append(Plot("record", "put to handler in ms", [Series("delay", list(enumerate(delays)))]))
    rig.unmap(uuid)


def _delays(around: Surroundings, rig: Rig, notes: Notes) -> tuple[list[float], float]:
    """Milliseconds from each put's beginning to its handler's, and the median of the puts alone."""
    scale, dice, puts = around.scale, random.Random(1), []
    rig.put(IDLE, [(hash_key(shard, scale.idle_shards), b"0") for shard in range(scale.idle_shards)])
    notes.wait(scale.idle_shards, PATIENCE)  # the first invocation starts the function
    for number in range(scale.idle_records):
        rest(scale.idle_pause * dice.uniform(0.9, 1.1))
        before = time.time()
        rig.put(IDLE, [(hash_key(number % scale.idle_shards, scale.idle_shards), repr(before).encode())])
        puts.append(1000 * (time.time() - before))
    noted = notes.wait(scale.idle_records, PATIENCE)
    return [1000 * (note["in"] - sent) for note in noted for sent in note["sent"]], middle(puts)


def _idle_share(rig: Rig, seconds: float) -> dict[str, float]:
    rest(min(seconds, 2.0))  # what the last record has caused is over
    meter = Meter(rig.pids)
    rest(seconds)
    return meter.shares()


def _drain(around: Surroundings, report: Report, rig: Rig) -> None:
    scale, lines = around.scale, dict[str, list[tuple[float, float]]]()
    sources = {shards: rig.stream(BACKLOG.format(shards), shards) for shards in scale.drain_shards}
    notes = {shards: rig.function(BACKLOG.format(shards), "noting.counting") for shards in scale.drain_shards}
    for workers in scale.drain_workers:
        while len(rig.workers) < workers:
            rig.add_worker()
        for shards, source in sources.items():
            # One mapping at a time: workers share all shards that there are, not those of each mapping.
            uuid = rig.mapping(BACKLOG.format(shards), source, BatchSize=scale.batch)
            figures, rate = _backlog(around, rig, shards, notes[shards])
            rig.unmap(uuid)
            report.figures += figures
            lines.setdefault(f"{workers} worker{'s' if workers > 1 else ''}", []).append((shards, rate))
            lines.setdefault(f"bare loop beside {workers}", []).append((shards, figures[0].limit or 0.0))
    report.plots.append(Plot("shards", "records a second", [Series(*line) for line in lines.items()]))
    report.notes.append(f"Batches of up to {scale.batch}; the handler counts its records. Its CPU is in the worker's.")


def _backlog(around: Surroundings, rig: Rig, shards: int, notes: Notes) -> tuple[list[Figure], float]:
    """The figures of one number of shards with the workers that there are, and the rate."""
    scale, workers = around.scale, len(rig.workers)
    around.say(f"{scale.backlog} records in {shards} shards, {workers} workers")
    rates, bare, costs = [], [], []
    for repeat in range(scale.repeats + 1):  # the first one starts the functions, and does not count
        rate, cost, limit = _once(rig, shards, scale.backlog, notes)
        if repeat or scale.repeats == 1:
            rates.append(rate)
            costs.append(cost)
            bare.append(limit)
    what = f"{shards} shard{'s' if shards > 1 else ''}, {workers} worker{'s' if workers > 1 else ''}"
    rate, limit = middle(rates), middle(bare)
    return [
        Figure(f"drain, {what}", rate, "/s", "bare get_records loop", limit, HALF),
        Figure(f"  CPU of a record, {what}", middle(costs), "us"),
    ], rate


def _once(rig: Rig, shards: int, records: int, notes: Notes) -> tuple[float, float, float]:
    """Records a second, microseconds of the workers' CPU for each, and the bare loop's records a second."""
    stream, dice = BACKLOG.format(shards), random.Random(records)
    pids = [worker.pid for worker in rig.workers]
    with ExitStack() as pause:
        pause.enter_context(paused(pids))
        since = limits.now()
        rig.put(stream, [(str(dice.randrange(KEYS)), limits.RECORD) for _ in range(records)])
        before, start = sum(map(cpu, pids)), time.time()
        pause.close()
        noted = notes.wait(records, PATIENCE)
    took = max(note["in"] for note in noted) - start
    used = sum(map(cpu, pids)) - before
    with paused(pids):
        return records / took, 1e6 * used / records, limits.read_rate(stream, since, records)
