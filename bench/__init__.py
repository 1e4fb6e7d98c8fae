"""Benchmarks: how fast and how costly the stack is, each figure beside a limit that was measured in the same run.

`make bench` runs all, `make bench B=ingest` one. A benchmark is one file with one function `run(bench) -> Report`;
bench/catalogue.py lists them. Absolute figures belong to one machine; the ratio to the limit beside them does not.
"""
