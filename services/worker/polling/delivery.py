"""The delivery: hands a batch to the mapping's function, and a batch that was given up to its destination."""

import logging
import time

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import AwsError
from cloud.log import line
from services.worker import metrics
from services.worker.execution.invoker import Invoker
from services.worker.execution.limits import PAYLOAD
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling import counting, record, windows
from services.worker.polling.destinations import Destinations, failure_report
from services.worker.polling.outcome import Answer, Batch, Discard, Kind

log = logging.getLogger(__name__)


class Delivery:
    """Knows functions and destinations, but neither shards nor what an answer means."""

    def __init__(self, invoker: Invoker, destinations: Destinations) -> None:
        self.invoker = invoker
        self.destinations = destinations

    async def deliver(self, mapping: EventSourceMapping, shard: str, batch: Batch) -> Answer:
        """Invoke the function with the batch, once."""
        name, started = mapping.function.name, time.monotonic()
        if batch.records and shard:  # a queue's batches are of no shard
            age = max(0.0, time.time() - batch.records[-1].arrival)
            metrics.ITERATOR_AGE.labels(name, shard).set(age)
            metrics.CLOUDWATCH.function(name, "IteratorAge", age * 1000, "Milliseconds")
        answer = await self._answer(mapping, shard, batch)
        outcome = answer.kind.name.lower()
        metrics.BATCHES.labels(name, outcome).inc()
        counting.invoked(mapping, batch, answer)
        log.info(
            line(
                "batch",
                function=name,
                shard=shard,
                records=len(batch.records),
                attempt=batch.failures + 1,
                outcome=outcome,
                ms=round((time.monotonic() - started) * 1000),
                request_id=batch.request_id,
            )
        )
        return answer

    async def give_up(self, mapping: EventSourceMapping, shard: str, discard: Discard) -> None:
        """Report a batch to the mapping's destination, if it has one. It is tried once, as on AWS."""
        name, records = mapping.function.name, len(discard.batch.records)
        log.warning(line("discard", function=name, shard=shard, records=records, why=discard.condition.value))
        if not mapping.on_failure:
            return
        try:
            report = failure_report(mapping, shard, discard, time.time())
            await self.destinations.send(mapping, shard, report, lambda: _event(mapping, shard, discard.batch))
        except (ClientError, BotoCoreError) as error:
            metrics.DROPPED.labels(name).inc(records)
            metrics.DESTINATION_FAILURES.labels(name).inc()
            metrics.CLOUDWATCH.function(name, "DestinationDeliveryFailures", 1)
            counting.given_up(mapping, records, reported=False)
            log.error(line("destination-failed", destination=mapping.on_failure, records=records, error=error))
        else:
            counting.given_up(mapping, records, reported=True)

    async def _answer(self, mapping: EventSourceMapping, shard: str, batch: Batch) -> Answer:
        event = _event(mapping, shard, batch)
        if len(event) > PAYLOAD:
            return Answer(Kind.OVERSIZED)
        try:
            result = await self.invoker.invoke(mapping.function, event, request_id=batch.request_id)
        except (AwsError, ClientError, BotoCoreError) as error:
            log.warning(line("not-invoked", function=mapping.function.name, error=error))
            return Answer(Kind.NOT_INVOKED)
        return Answer(Kind.FUNCTION_ERROR if result.error else Kind.RETURNED, result.payload, result.version)


def _event(mapping: EventSourceMapping, shard: str, batch: Batch) -> bytes:
    if batch.window:
        return windows.event(batch.records, batch.window, shard, mapping.source_arn)
    return record.event(batch.records)
