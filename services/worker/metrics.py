"""What the worker counts: for GET /metrics by prometheus_client, for CloudWatch in an aggregate of its own."""

from prometheus_client import Counter, Gauge

from services.worker.cloudwatch import Aggregate

CLOUDWATCH = Aggregate()

RECORDS = Counter("fogbank_worker_records_total", "Records that are done: handled or given up", ["function"])
BATCHES = Counter("fogbank_worker_batches_total", "Batches delivered, by what became of them", ["function", "outcome"])
ITERATOR_AGE = Gauge(
    "fogbank_worker_iterator_age_seconds", "Age of the last record of a shard's newest batch", ["function", "shard"]
)
INVOCATIONS = Counter("fogbank_worker_invocations_total", "Invocations, by how they ended", ["function", "outcome"])
DROPPED = Counter(
    "fogbank_worker_dropped_total", "Records given up whose on-failure destination did not take them", ["function"]
)
DESTINATION_FAILURES = Counter(
    "fogbank_worker_destination_failures_total", "Reports that an on-failure destination did not take", ["function"]
)
EVENTS = Counter("fogbank_worker_events_total", "Asynchronous events, by what became of them", ["function", "outcome"])
LOG_EVENTS_DROPPED = Counter("fogbank_worker_log_events_dropped_total", "Log events that CloudWatch Logs did not get")
