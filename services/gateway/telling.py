"""What is told of every request once it is answered: our own log and metrics, CloudWatch's, the stage's logs.

Nothing here waits: lines go to a shipper, values to sums that are sent later.
"""

import logging
import time
from collections.abc import Callable, Iterable
from functools import lru_cache

from cloud.cloudwatch import Aggregate, Dimensions
from services.gateway.exchange import Exchange
from services.gateway.messages import Request, Response
from services.gateway.metrics import Metrics
from services.gateway.pipeline import Deployment

LOG = logging.getLogger(__name__)
NAMESPACE = "AWS/ApiGateway"

Ship = Callable[[str, str, Iterable[str]], None]
"""(log group, log stream, lines); never waits, never fails."""


class Telling:
    """log_every: one 2xx in so many is logged by us, 0: none; ship: to CloudWatch Logs; sums: CloudWatch's."""

    def __init__(
        self, metrics: Metrics, log_every: int = 1, ship: Ship | None = None, sums: Aggregate | None = None
    ) -> None:
        self._metrics = metrics
        self._log_every = log_every
        self._ship = ship
        self._sums = sums
        self._served = 0

    def refused(self, request: Request, status: int, started: float) -> None:
        """A request that no deployment saw."""
        self._own(request, "-", "-", status, started, "-")

    def answered(self, deployment: Deployment, exchange: Exchange, response: Response, started: float) -> None:
        """A request that a deployment answered. started: by time.perf_counter()."""
        method = getattr(exchange, "method", None)
        route = f"{method.verb} {method.resource_path}" if method else "-"
        request = exchange.request
        self._own(request, request.api, route, response.status, started, exchange.ids.request)
        milliseconds = (time.perf_counter() - started) * 1000
        if self._sums is not None:
            self._count(self._sums, deployment, exchange, response.status, milliseconds)
        if self._ship is not None and (deployment.access_log is not None or exchange.journal is not None):
            self._write(self._ship, deployment, exchange, response, milliseconds)

    def _write(
        self, ship: Ship, deployment: Deployment, exchange: Exchange, response: Response, milliseconds: float
    ) -> None:
        day = time.strftime("%Y/%m/%d", time.gmtime(exchange.now))
        stream = f"{day}/{exchange.api.deployment_id}"
        if deployment.access_log is not None:
            ship(deployment.access_log.group, stream, [deployment.access_log.line(exchange, response, milliseconds)])
        if exchange.journal is not None:
            exchange.journal.end(exchange, response)
            group = f"API-Gateway-Execution-Logs_{exchange.request.api}/{exchange.request.stage}"
            ship(group, stream, exchange.journal.lines)

    def _count(
        self, sums: Aggregate, deployment: Deployment, exchange: Exchange, status: int, milliseconds: float
    ) -> None:
        values = [
            ("Count", "Count", 1.0),
            ("4XXError", "Count", float(400 <= status < 500)),
            ("5XXError", "Count", float(status >= 500)),
            ("Latency", "Milliseconds", milliseconds),
        ]
        if exchange.integration_ms is not None:
            values.append(("IntegrationLatency", "Milliseconds", exchange.integration_ms))
        if exchange.cached is not None:
            values.append(("CacheHitCount" if exchange.cached else "CacheMissCount", "Count", 1.0))
        name, stage, method = deployment.api.name, deployment.stage, getattr(exchange, "method", None)
        settings = deployment.settings.get((method.resource_path, method.verb)) if method else None
        detailed = (method.resource_path, method.verb) if method and settings and settings.metrics else None
        for place in _places(name, stage, detailed):
            sums.add_all(place, values)

    def _own(self, request: Request, api: str, route: str, status: int, started: float, request_id: str) -> None:  # noqa: PLR0917
        seconds = time.perf_counter() - started
        self._metrics.request(api, route, status, seconds)
        if status < 300:
            self._served += 1
            if not self._log_every or self._served % self._log_every:
                return
        LOG.info(
            "request method=%s route=%s status=%d ms=%.1f id=%s",
            request.method, route.partition(" ")[2] or "-", status, seconds * 1000, request_id,
        )  # fmt: skip


@lru_cache(maxsize=1024)
def _places(api: str, stage: str, method: tuple[str, str] | None) -> list[Dimensions]:
    """The dimensions under which a request counts. method: resource and verb, where metrics are detailed."""
    name, whole = ("ApiName", api), (("ApiName", api), ("Stage", stage))
    detailed = [(*whole, ("Resource", method[0]), ("Method", method[1]))] if method else []
    return [(name,), whole, *detailed]
