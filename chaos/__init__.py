"""Faults on purpose: simulated gamers play on a stack of its own while boxes are killed, paused and restarted, and the
way to the emulator fails; then every accepted post is accounted for. Each run follows a seed and can be replayed.

`make chaos` plays some seeds, `make chaos ARGS="--seed 7"` one. docs/chaos.md says which faults there are.
"""
