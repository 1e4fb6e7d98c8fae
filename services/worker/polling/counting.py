"""A mapping's EventCount metrics, for mappings whose MetricsConfig asks for them.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics
They count events, not batches; what never happened has no datapoint, but a poll that found nothing has a 0.
"""

from services.worker import metrics
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling import report
from services.worker.polling.outcome import Answer, Batch, Kind


def is_asked_for(mapping: EventSourceMapping) -> bool:
    return "EventCount" in (mapping.settings.get("MetricsConfig") or {}).get("Metrics", ())


def polled(mapping: EventSourceMapping, events: int, kept: int) -> None:
    """So many were read, and so many of them passed the filters."""
    if is_asked_for(mapping):
        metrics.CLOUDWATCH.mapping(mapping.uuid, "PolledEventCount", events)
        _count(mapping, "FilteredOutEventCount", events - kept)


def invoked(mapping: EventSourceMapping, batch: Batch, answer: Answer) -> None:
    """One attempt; it counts again when it is made again."""
    if is_asked_for(mapping):
        _count(mapping, "InvokedEventCount", len(batch.records))
        _count(mapping, "FailedInvokeEventCount", _failed(mapping, batch, answer))


def deleted(mapping: EventSourceMapping, messages: int) -> None:
    """Messages of a queue that are gone from it."""
    if is_asked_for(mapping):
        _count(mapping, "DeletedEventCount", messages)


def given_up(mapping: EventSourceMapping, events: int, *, reported: bool) -> None:
    """Events of a mapping with an on-failure destination, which took the report on them or did not."""
    if is_asked_for(mapping):
        _count(mapping, "OnFailureDestinationDeliveredEventCount" if reported else "DroppedEventCount", events)


def _failed(mapping: EventSourceMapping, batch: Batch, answer: Answer) -> int:
    ids = [record.sequence for record in batch.records]
    if answer.kind is not Kind.RETURNED:
        return len(ids)
    if "ReportBatchItemFailures" not in mapping.settings.get("FunctionResponseTypes", ()):
        return 0
    if mapping.source_arn.split(":")[2] == "sqs":
        return len(report.failed_messages(answer.payload, frozenset(ids)))
    first = report.first_failure(answer.payload, ids)
    return 0 if first is None else len(ids) - first


def _count(mapping: EventSourceMapping, metric: str, events: int) -> None:
    if events:
        metrics.CLOUDWATCH.mapping(mapping.uuid, metric, events)
