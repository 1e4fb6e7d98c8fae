"""What the box counts, for GET /metrics."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """Operations, by name and by how they ended."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "fogbank_identity_operation_seconds", "Time an operation took", ["operation"], registry=self.registry
        )
        self._refused = Counter(
            "fogbank_identity_refused_total",
            "Operations refused, by error",
            ["operation", "error"],
            registry=self.registry,
        )

    @contextmanager
    def timed(self, operation: str) -> Iterator[None]:
        """Count what the block takes."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds.labels(operation).observe(time.perf_counter() - began)

    def refused(self, operation: str, error: str) -> None:
        """Count an error."""
        self._refused.labels(operation, error).inc()
