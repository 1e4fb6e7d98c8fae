"""One event in hand: run it, and say what becomes of it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import AwsError, Unavailable
from cloud.log import line
from services.worker import metrics
from services.worker.events import policy
from services.worker.events.configuration import EventInvokeConfigs, destination
from services.worker.events.policy import Next, Policy
from services.worker.events.report import Condition, dead_letter, report
from services.worker.events.store import Event, EventStore
from services.worker.events.targets import Targets
from services.worker.execution.invoker import Invoker, Result
from services.worker.functions.names import LATEST, FunctionName

log = logging.getLogger(__name__)

T = TypeVar("T")

_OFFLINE = (BotoCoreError, Unavailable)
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between attempts to reach what is away; the last one for ever


class Handler:
    """pause: seconds before the first retry of an event that failed."""

    def __init__(
        self, store: EventStore, invoker: Invoker, configs: EventInvokeConfigs, targets: Targets, pause: float
    ) -> None:
        self.store = store
        self.invoker = invoker
        self.configs = configs
        self.targets = targets
        self.pause = pause

    async def handle(self, event: Event) -> None:
        """Run the event once; afterwards it waits for another attempt, or is reported and gone."""
        config = await _reached(lambda: self.configs.read(event.name))
        rules = policy.policy(config, self.pause)
        payload = await _reached(lambda: self.store.payload(event))
        if payload is None:
            return
        result, step = await self._attempt(event, payload, rules)
        if step is None:
            log.warning(line("event-dropped", function=event.function, request_id=event.id, why="no such function"))
        elif step.condition is None:
            changes = {"owner": "", "due": step.due, "failures": step.failures, "refusals": step.refusals}
            await _reached(lambda: self.store.change(event, **changes))
            return
        else:
            metrics.EVENTS.labels(event.function, step.condition.value).inc()
            await self._report(event, payload, config, step, result)
        await _reached(lambda: self.store.remove(event))

    async def _attempt(self, event: Event, payload: bytes, rules: Policy) -> tuple[Result | None, Next | None]:
        if policy.is_too_old(event, rules, time.time()):
            return None, Next(Condition.AGE, failures=event.failures)
        metrics.CLOUDWATCH.function(
            event.function, "AsyncEventAge", (time.time() - event.accepted) * 1000, "Milliseconds"
        )
        try:
            result = await self.invoker.invoke(event.name, payload, request_id=event.id)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None, None
            return None, policy.after_refusal(event, rules, time.time(), for_ever=await self._is_switched_off(event))
        except (ClientError, *_OFFLINE):
            return None, policy.after_refusal(event, rules, time.time(), for_ever=False)
        return result, policy.after_attempt(event, rules, time.time(), failed=result.error is not None)

    async def _is_switched_off(self, event: Event) -> bool:
        return (await self.invoker.functions.find(event.name)).reserved == 0

    async def _report(
        self, event: Event, payload: bytes, config: dict[str, object] | None, step: Next, result: Result | None
    ) -> None:
        assert step.condition
        success = step.condition is Condition.SUCCESS
        if not success:
            metrics.CLOUDWATCH.function(event.function, "AsyncEventsDropped", 1)
            log.warning(line("event-dropped", function=event.function, request_id=event.id, why=step.condition.value))
        if target := destination(config, "OnSuccess" if success else "OnFailure"):
            body = report(
                arn=self.invoker.functions.arn(FunctionName(event.function, event.qualifier or LATEST)),
                request_id=event.id,
                payload=payload,
                condition=step.condition,
                invocations=max(1, step.failures) if step.condition is not Condition.NO_CONCURRENCY else step.failures,
                result=result,
                now=time.time(),
            )
            await self._deliver(event, lambda: self.targets.send(target, event.function, body), "Destination")
        if not success and (letters := await self._dead_letters(event)):
            attributes = dead_letter(event.id, result)
            await self._deliver(event, lambda: self.targets.bury(letters, payload, attributes), "DeadLetter")

    async def _dead_letters(self, event: Event) -> str:
        try:
            return (await self.invoker.functions.find(event.name)).dead_letters
        except AwsError:  # deleted meanwhile
            return ""

    async def _deliver(self, event: Event, send: Callable[[], Awaitable[None]], kind: str) -> None:
        """A target that refuses is counted, and the event is over all the same, as on AWS."""
        try:
            await _reached(send)
        except (ClientError, AwsError) as error:
            metric = "DestinationDeliveryFailures" if kind == "Destination" else "DeadLetterErrors"
            metrics.CLOUDWATCH.function(event.function, metric, 1)
            log.error(line("not-delivered", function=event.function, request_id=event.id, what=kind, error=error))


async def _reached(call: Callable[[], Awaitable[T]]) -> T:
    """The call's result, however long what it needs is away."""
    attempt = 0
    while True:
        try:
            return await call()
        except _OFFLINE as error:
            log.warning(line("offline", error=error))
            await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1
