"""What the gateway counts, for GET /metrics."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """Requests by API, route and status; their latency; how many records went in one PutRecords."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        labels = ("api", "route", "status")
        self._requests = Counter("fogbank_gateway_requests", "Requests answered", labels, registry=registry)
        self._latency = Histogram(
            "fogbank_gateway_latency_seconds", "Request to response", ("api",), buckets=_SECONDS, registry=registry
        )
        self._batch = Histogram(
            "fogbank_gateway_batch_records", "Records in one PutRecords call", buckets=_RECORDS, registry=registry
        )
        self.looks = Counter(
            "fogbank_gateway_looks", "Looks at documents, stages and other gateways", registry=registry
        )
        # labels() looks its child up under a lock, every time
        self._children: dict[tuple[str, str, int], Counter] = {}
        self._latencies: dict[str, Histogram] = {}

    def request(self, api: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request. route: "POST /v1/updatestatus", or "-" when none matched."""
        child = self._children.get((api, route, status))
        if child is None:
            child = self._children[(api, route, status)] = self._requests.labels(api, route, str(status))
            self._latencies.setdefault(api, self._latency.labels(api))
        child.inc()
        self._latencies[api].observe(seconds)

    def batch(self, records: int) -> None:
        """Count one PutRecords call."""
        self._batch.observe(records)
