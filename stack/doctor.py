"""`make doctor`: what is wrong with this machine, and how to mend it."""

import os
import sys

from stack import commands, machine, settings, state


def doctor() -> None:
    """Print every finding. Ends with 1 when one of them keeps the stack from running."""
    wanted = settings.from_env(os.environ)
    last = state.recall(wanted.home)
    busy = bool(last) and commands.runner_for(last).running() if last else False
    findings = machine.examine(wanted, busy)
    for finding in findings:
        print(f"{finding.level:<5} {finding.text}")
        if finding.mend:
            print(f"      -> {finding.mend}")
    bad = sum(finding.level == "bad" for finding in findings)
    print(f"\n{bad} to mend" if bad else "\nnothing to mend")
    sys.exit(1 if bad else 0)
