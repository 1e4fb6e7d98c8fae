"""Run the box: python -m services.analytics"""

import os

from cloud import log, serve
from cloud.clients import client
from services.analytics.app import create_app
from services.analytics.settings import from_env


def main() -> None:
    """Settings -> app -> server, until SIGTERM."""
    settings = from_env(os.environ)
    log.setup("analytics", settings.log_level)
    app = create_app(settings, client("dynamodb"), client("kinesis", retries=0))
    serve.run(app, host=settings.bind, port=settings.port, hosts=settings.hosts)


if __name__ == "__main__":
    main()
