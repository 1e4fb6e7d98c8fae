"""Velocity as API Gateway runs it. airspeed parses a template; each node of it becomes a function once, at load.

values.py: Java's objects; methods.py: their methods; expressions.py: what has a value; directives.py: what writes text.
docs/decisions/0017-velocity.md says why, and where this differs from what airspeed itself would do.
"""
