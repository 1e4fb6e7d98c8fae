"""What the box counts, for GET /metrics."""

from prometheus_client import Counter, Gauge

RECORDS = Counter("fogbank_analytics_records_total", "Records read", ["application"])
LATE = Counter("fogbank_analytics_late_total", "Records that came after their window was over", ["application"])
UNREADABLE = Counter("fogbank_analytics_unreadable_total", "Records that are no JSON object", ["application"])
LINES = Counter("fogbank_analytics_lines_total", "Lines written into sinks", ["application"])
RESTARTS = Counter("fogbank_analytics_restarts_total", "Runs that ended by an error", ["application"])
OPEN = Gauge("fogbank_analytics_open_windows", "Windows that are not over yet", ["application"])
