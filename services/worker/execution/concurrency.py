"""How many invocations of a function run at once, and how many may.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html. Each replica counts its own.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from cloud.errors import AwsError
from services.worker import metrics
from services.worker.functions.function import Function


class Throttled(AwsError):
    """TooManyRequestsException, with Lambda's Reason."""

    def __init__(self, reason: str) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.", 429)
        self.reason = reason


class Concurrency:
    """Counts per function, all its versions together."""

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()

    @contextmanager
    def one_more(self, function: Function) -> Iterator[None]:
        """For the time of an invocation. Throttled when the function's reserved concurrency is used up."""
        running, name = self._running, function.name
        if function.reserved is not None and running[name] >= function.reserved:
            raise Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
        running[name] += 1
        metrics.CLOUDWATCH.function(name, "ConcurrentExecutions", running[name])
        try:
            yield
        finally:
            running[name] -= 1
