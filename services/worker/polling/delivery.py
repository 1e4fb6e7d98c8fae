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
from services.worker.polling import record
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
        metrics.ITERATOR_AGE.labels(name, shard).set(max(0.0, time.time() - batch.records[-1].arrival))
        answer = await self._answer(mapping, batch)
        outcome = answer.kind.name.lower()
        metrics.BATCHES.labels(name, outcome).inc()
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
        records = len(discard.batch.records)
        log.warning(
            line("discard", function=mapping.function.name, shard=shard, records=records, why=discard.condition.value)
        )
        if not mapping.on_failure:
            return
        try:
            await self.destinations.send(mapping.on_failure, failure_report(mapping, shard, discard, time.time()))
        except (ClientError, BotoCoreError) as error:
            log.error(line("destination-failed", destination=mapping.on_failure, records=records, error=error))

    async def _answer(self, mapping: EventSourceMapping, batch: Batch) -> Answer:
        event = record.event(batch.records)
        if len(event) > PAYLOAD:
            return Answer(Kind.OVERSIZED)
        try:
            result = await self.invoker.invoke(mapping.function, event, request_id=batch.request_id)
        except (AwsError, ClientError, BotoCoreError) as error:
            log.warning(line("not-invoked", function=mapping.function.name, error=error))
            return Answer(Kind.NOT_INVOKED)
        return Answer(Kind.FUNCTION_ERROR if result.error else Kind.RETURNED, result.payload)
