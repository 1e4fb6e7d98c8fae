"""The front door: sets up, starts, watches and stops the stack, as processes or as containers.

targets.py is the table of which service answers where; processes.py and containers.py are the two ways to run it.
"""
