"""What AWS/ApiGateway counts of WebSocket APIs, in one object: for GET /metrics, and for whoever ships it.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
NAMES = ("ConnectCount", "MessageCount", "IntegrationError", "ClientError", "ExecutionError")
Key = tuple[str, str, str]
"""API, stage and route; a message out, and what found no route, has "-"."""


class WebSocketMetrics:
    """ConnectCount, MessageCount (both directions), IntegrationError, ClientError, ExecutionError, IntegrationLatency.

    sums: metric and key -> how much since the start, for a shipper that sends differences.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sums: dict[tuple[str, Key], float] = {}
        labels = ("metric", "api", "stage", "route")
        text = "AWS/ApiGateway's counts of WebSocket APIs"
        self._counts = Counter("fogbank_gateway_websocket", text, labels, registry=registry)
        self._latency = Histogram(
            "fogbank_gateway_websocket_integration_latency_seconds",
            "An integration's answer to an event",
            ("api", "stage", "route"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._open = Gauge("fogbank_gateway_websocket_connections", "Connections held here", registry=registry)
        self._children: dict[tuple[str, Key], Counter] = {}

    def count(self, metric: str, key: Key) -> None:
        """One more of a metric (one of NAMES)."""
        name = (metric, key)
        child = self._children.get(name)
        if child is None:
            child = self._children[name] = self._counts.labels(metric, *key)
        child.inc()
        self.sums[name] = self.sums.get(name, 0) + 1

    def latency(self, key: Key, seconds: float) -> None:
        """IntegrationLatency of one call."""
        self._latency.labels(*key).observe(seconds)

    def connections(self, number: int) -> None:
        """How many connections this replica holds."""
        self._open.set(number)
