"""`python -m services.gateway` serves; `python -m services.gateway check <api.yaml>...` lints documents."""

import os
import sys

from cloud import connections, log, serve
from services.gateway import services
from services.gateway.app import SERVING, create_app
from services.gateway.catalogue import all_sources
from services.gateway.lint import main as check
from services.gateway.reports import Reports
from services.gateway.settings import from_env


def main() -> int:
    """Start what the arguments ask for; the exit code."""
    if sys.argv[1:2] == ["check"]:
        return check(sys.argv[2:])
    settings = from_env(os.environ)
    log.setup("gateway", settings.log_level)
    outbound, reports = services.outbound(settings.region), Reports.to_cloudwatch(settings.metrics_seconds)
    app = create_app(settings, all_sources(), outbound, services.protocol, reports=reports)
    options = {**SERVING, **connections.limits(settings.request_seconds, settings.connections)}
    serve.run(app, host=settings.bind, port=settings.port, hosts=settings.hosts, **options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
