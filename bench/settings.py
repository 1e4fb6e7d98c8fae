"""How large the benchmarks are, and where they run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of all benchmarks; times in seconds. The defaults are those of `make bench`."""

    repeats: int = 3
    seconds: float = 2.0
    """Of each measurement under full load."""
    warm_up: float = 0.5
    connections: tuple[int, ...] = (1, 16, 128)
    rate: float = 667.0
    """Posts a second of the fixed rate: 200 gamers, one post every 0.3 s."""
    rate_seconds: float = 10.0
    idle_shards: int = 10
    idle_records: int = 60
    idle_pause: float = 1.1
    """Between two records; with ten shards each of them is left alone for eleven seconds."""
    idle_seconds: float = 10.0
    backlog: int = 10_000
    batch: int = 1000
    drain_shards: tuple[int, ...] = (1, 4, 16)
    drain_workers: tuple[int, ...] = (1, 3)
    gamers: int = 200
    play_seconds: float = 20.0
    unsampled_gamers: int = 200
    unsampled_events: int = 53
    unsampled_seconds: float = 15.0
    growth_gamers: tuple[int, ...] = (10, 100, 1000)
    growth_shards: tuple[int, ...] = (1, 4, 16, 64)
    growth_seconds: float = 4.0
    growth_looks: int = 5
    growth_pushes: int = 5
    soak_seconds: float = 40.0
    soak_rate: float = 100.0
    soak_looks: int = 20
    start_seconds: float = 5.0


FULL = Scale(growth_gamers=(10, 100, 1000, 10_000), soak_seconds=1200.0, soak_looks=120)
"""Of one benchmark asked for by its name: what takes too long for a run of all of them."""

SMOKE = Scale(
    repeats=1,
    seconds=0.4,
    warm_up=0.1,
    connections=(2,),
    rate=50.0,
    rate_seconds=0.6,
    idle_shards=2,
    idle_records=3,
    idle_pause=0.1,
    idle_seconds=0.4,
    backlog=600,
    batch=200,
    drain_shards=(2,),
    drain_workers=(1,),
    gamers=4,
    play_seconds=1.5,
    unsampled_gamers=4,
    unsampled_events=10,
    unsampled_seconds=1.0,
    growth_gamers=(2,),
    growth_shards=(1, 2),
    growth_seconds=0.3,
    growth_looks=1,
    growth_pushes=1,
    soak_seconds=1.0,
    soak_rate=20.0,
    soak_looks=4,
    start_seconds=0.3,
)
"""Proves that every benchmark runs; its figures mean nothing."""
