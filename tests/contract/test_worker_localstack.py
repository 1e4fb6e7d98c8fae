"""The recorded sequences again, with LocalStack's Kinesis, queues and buckets as sources and destinations.

A few cases at a time: LocalStack makes at most five streams at once, and every poll costs it a small request.
"""

from collections.abc import Iterator

import pytest

from .outcome_stack import Case, Outcomes, outcomes
from .recorded import RECORDED, summary

pytestmark = pytest.mark.emulator

AT_ONCE = 5
WAVES = [tuple(RECORDED)[start : start + AT_ONCE] for start in range(0, len(RECORDED), AT_ONCE)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    with outcomes("localstack", tmp_path_factory.mktemp("localstack")) as made:
        yield made


@pytest.mark.parametrize("names", WAVES, ids=lambda names: names[0])
def test_recorded_sequences_are_reproduced(stack: Outcomes, names: tuple[str, ...]) -> None:
    """Invocation for invocation, and report for report."""
    started = {name: _start(stack, name) for name in names}
    done = {name: case.done() for name, (case, _) in started.items()}
    reports = {name: stack.received(queue, len(RECORDED[name].reports)) for name, (_, queue) in started.items()}
    stack.forget()

    assert done == {name: RECORDED[name].batches for name in names}
    assert {name: [summary(report) for report in reports[name]] for name in names} == {
        name: RECORDED[name].reports for name in names
    }


def _start(stack: Outcomes, name: str) -> tuple[Case, str]:
    sequence = RECORDED[name]
    case, queue = stack.case(name, sequence.records, **sequence.does), stack.queue(name)
    return case.map(destination=queue, **sequence.settings), queue
