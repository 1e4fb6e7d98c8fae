"""What a function's answer does to a batch: the sequences that were recorded on AWS, as data."""

from dataclasses import dataclass, field
from typing import Any

REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
BISECT = {"BisectBatchOnFunctionError": True}
EXHAUSTED, EXPIRED = "RetryAttemptsExhausted", "RecordAgeExceeded"
NINE = ["1", "2", "3", "4", "5", "6", "7", "8", "9"]


@dataclass
class Sequence:
    """records in the stream before it is mapped; what the function does; the mapping's settings; what comes of it.

    reports: condition, batch size, count, and functionError of every message at the destination.
    """

    records: list[str]
    does: dict[str, Any]
    settings: dict[str, Any]
    batches: list[list[str]]
    reports: list[tuple[str, int, int, str | None]] = field(default_factory=list)


def four(does: dict[str, Any], settings: dict[str, Any], batches: list[str], *reports: Any) -> Sequence:
    """Four records, the second one bad; the batches' records as one text each."""
    settings = {"BatchSize": 4, "MaximumBatchingWindowInSeconds": 1, **settings}
    return Sequence([*"1234"], {"poison": ["2"], **does}, settings, [[*batch] for batch in batches], list(reports))


def one(answer: Any, retries: int, *reports: Any) -> Sequence:
    """One record, and a function that answers so."""
    settings = {"BatchSize": 1, "MaximumRetryAttempts": retries, **REPORTS}
    return Sequence(["1"], {"answer": answer}, settings, [["1"]] * (retries + 1 if reports else 1), list(reports))


def failures(*identifiers: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}


MALFORMED: list[Any] = [
    failures(123),
    failures("123"),
    failures(""),
    failures(None),
    {"batchItemFailures": [{"foo": 123}]},
    {"batchItemFailures": [{"foo": None}]},
    {"batchItemFailures": "no list"},
]
SUCCESSFUL: list[Any] = [
    None,
    "",
    [],
    {},
    {"batchItemFailures": []},
    {"batchItemFailures": None},
    "Delivered 9 records",
]
RECORDED = {
    "exception": four({}, {"MaximumRetryAttempts": 2}, ["1234"] * 3, (EXHAUSTED, 4, 3, "Unhandled")),
    "exception-bisect": four(
        {}, {"MaximumRetryAttempts": 1, **BISECT}, ["1234", "12", "1", "2", "2", "34"], (EXHAUSTED, 1, 2, "Unhandled")
    ),
    "report": four(
        {"how": "report"}, {"MaximumRetryAttempts": 1, **REPORTS}, ["1234", "234", "234"], (EXHAUSTED, 3, 2, None)
    ),
    "report-bisect": four(
        {"how": "report"},
        {"MaximumRetryAttempts": 1, **REPORTS, **BISECT},
        ["1234", "234", "2", "2", "34"],
        (EXHAUSTED, 1, 2, None),
    ),
    "exception-with-reports-bisect": four(
        {},
        {"MaximumRetryAttempts": 1, **REPORTS, **BISECT},
        ["1234", "12", "1", "2", "2", "34"],
        (EXHAUSTED, 1, 2, "Unhandled"),
    ),
    "report-that-is-off": four({"how": "report"}, {"MaximumRetryAttempts": 1}, ["1234"]),
    "progress-renews-the-budget": Sequence(
        [*"012345"],
        {"poison": ["5"], "how": "report"},
        {"BatchSize": 3, "MaximumRetryAttempts": 3, **REPORTS},
        [[*"012"], [*"345"], *[["5"]] * 4],
        [(EXHAUSTED, 1, 4, None)],
    ),
    "always-raises": Sequence(
        ["1"],
        {"always": True},
        {"BatchSize": 1, "MaximumRetryAttempts": 1},
        [["1"]] * 2,
        [(EXHAUSTED, 1, 2, "Unhandled")],
    ),
    "exit": Sequence(
        ["1"],
        {"always": True, "how": "exit"},
        {"BatchSize": 1, "MaximumRetryAttempts": 1},
        [["1"]] * 2,
        [(EXHAUSTED, 1, 2, "Unhandled")],
    ),
    "empty-identifier-whole-batch": Sequence(
        [*"123"],
        {"answer": failures("")},
        {"MaximumRetryAttempts": 0, **REPORTS},
        [[*"123"]],
        [(EXHAUSTED, 3, 1, None)],
    ),
    **{f"malformed-{n}": one(answer, 2, (EXHAUSTED, 1, 3, None)) for n, answer in enumerate(MALFORMED)},
    **{f"success-{n}": one(answer, 2) for n, answer in enumerate(SUCCESSFUL)},
    "ride-without-bisect": Sequence(
        NINE, {"poison": ["5"]}, {"MaximumRetryAttempts": 2}, [NINE] * 3, [(EXHAUSTED, 9, 3, "Unhandled")]
    ),
    "ride-with-bisect": Sequence(
        NINE,
        {"poison": ["5"]},
        {"MaximumRetryAttempts": 2, **BISECT},
        [[*batch] for batch in ("123456789", "1234", "56789", "56", "5", "5", "5", "6", "789")],
        [(EXHAUSTED, 1, 3, "Unhandled")],
    ),
    "ride-with-reports": Sequence(
        NINE,
        {"poison": ["5"], "how": "report"},
        {"MaximumRetryAttempts": 2, **BISECT, **REPORTS},
        [[*batch] for batch in ("123456789", "56789", "56", "5", "5", "5", "6", "789")],
        [(EXHAUSTED, 1, 3, None)],
    ),
    "ride-with-a-text-for-a-report": Sequence(
        NINE,
        {"poison": ["5"], "how": "nothing", "answer": "Delivered 9 records"},
        {"MaximumRetryAttempts": 2, **BISECT, **REPORTS},
        [NINE],
    ),
    "no-window": Sequence([*"12345"], {}, {"BatchSize": 2}, [[*"12"], [*"34"], ["5"]]),
}


def summary(report: dict[str, Any]) -> tuple[str, int, int, str | None]:
    """Condition, batch size, count, functionError."""
    request = report["requestContext"]
    error = report["responseContext"]["functionError"] if "responseContext" in report else "absent"
    return request["condition"], report["KinesisBatchInfo"]["batchSize"], request["approximateInvokeCount"], error
