"""How busy the machine is that the tests run on."""

import os
from pathlib import Path

RUNNING = Path("/proc/loadavg")  # of which os.getloadavg() tells the averages, but not what runs now


def slack() -> float:
    """How much longer than on a quiet machine something may take: twice as long, and in the share of a processor that
    is left where more is under way than there are processors."""
    under_way = os.getloadavg()[0]
    if RUNNING.exists():
        under_way = max(under_way, float(RUNNING.read_text().split()[3].partition("/")[0]))
    return 2 * max(1.0, under_way / (os.cpu_count() or 1))
