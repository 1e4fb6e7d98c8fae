"""`python -m tests.contract.rest_gateway <folder>`: the gateway as services/gateway/__main__.py starts it, for a lab of
tests whose documents lie in the folder."""

import os
import sys
from pathlib import Path

from cloud import connections, log, serve
from services.gateway import services
from services.gateway.app import create_app
from services.gateway.catalogue import Source
from services.gateway.reports import Reports
from services.gateway.settings import from_env
from tests.contract.rest_lab import LAB


def main() -> None:
    """Serve until SIGTERM."""
    settings = from_env(os.environ)
    log.setup("gateway", settings.log_level)
    app = create_app(
        settings,
        [Source(LAB, Path(sys.argv[1]))],
        services.outbound(settings.region),
        services.protocol,
        reports=Reports.to_cloudwatch(settings.metrics_seconds),
    )
    limits = connections.limits(settings.request_seconds, settings.connections)
    serve.run(app, host=settings.bind, port=settings.port, hosts=settings.hosts, **limits)


if __name__ == "__main__":
    main()
