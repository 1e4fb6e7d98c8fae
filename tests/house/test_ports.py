"""The ports that tests choose."""

import tempfile
from pathlib import Path

import pytest

from tests import ports


def test_a_span_that_another_process_has_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And nothing is left open: a warning about that failed the first test of every second process."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ports, "_CLAIMS", [])

    claims = [ports._claim(0), ports._claim(0), ports._claim(1)]
    for claim in ports._CLAIMS:
        claim.close()

    assert claims == [True, False, True]
