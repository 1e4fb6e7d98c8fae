"""docs/api-gateway-websocket.md names tests: they are there."""

import re

from tests.house.repository import texts

PLACES = {
    "ws": "tests/contract/test_gateway_websocket.py",
    "conn": "tests/contract/test_gateway_connections.py",
    "worker": "tests/contract/test_gateway_websocket_worker.py",
    "unit": "tests/unit/gateway/test_websocket_",
}


def test_every_row_of_the_table_has_tests_that_exist() -> None:
    """Each in the file that the row names."""
    rows = [line for line in texts()["docs/api-gateway-websocket.md"].splitlines() if line.startswith("| ")][1:]
    named = [(place, test) for row in rows for place, tests in _cells(row) for test in tests]
    missing = [(place, test) for place, test in named if f"def {test}(" not in _source(PLACES[place])]

    assert len(rows) > 20
    assert all(any(tests for _, tests in _cells(row)) for row in rows)
    assert missing == []


def _cells(row: str) -> list[tuple[str, list[str]]]:
    """(place, tests) of a row's last column."""
    parts = re.split(r"(?:^|; )(ws|conn|worker|unit) ", row.rstrip(" |").rpartition("| ")[2])[1:]
    return [(place, re.findall(r"`(test_\w+)`", tests)) for place, tests in zip(parts[::2], parts[1::2], strict=True)]


def _source(start: str) -> str:
    return "".join(text for path, text in texts().items() if path.startswith(start))
