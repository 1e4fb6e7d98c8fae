"""What is said about unicorns whose vital signs are low. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from .reading import Reading, in_trouble, vital_signs


def alerts(readings: Iterable[Reading]) -> Iterator[dict[str, Any]]:
    """One alert per unicorn in trouble: {"Name", "StatusTime", "HealthPoints", "MagicPoints"} of its last one."""
    last = {str(reading["Name"]): reading for reading in readings if reading.get("Name") and in_trouble(reading)}
    for name, reading in last.items():
        yield {"Name": name, "StatusTime": str(reading.get("StatusTime", "")), **vital_signs(reading)}


def subject(alert: dict[str, Any]) -> str:
    """A line about it, as SNS takes it: up to 100 printable ASCII characters, the first no space."""
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in alert["Name"])
    return f"{plain[:60]} needs looking after".lstrip()
