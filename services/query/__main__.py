"""Run the box: python -m services.query"""

import os

from cloud import log, serve
from cloud.clients import client
from services.query.app import create_app
from services.query.settings import from_env


def main() -> None:
    """Settings -> app -> server, until SIGTERM."""
    settings = from_env(os.environ)
    log.setup("query", settings.log_level)
    app = create_app(settings, client("dynamodb"), client("s3"), client("glue"))
    serve.run(app, host=settings.bind, port=settings.port, hosts=settings.hosts)


if __name__ == "__main__":
    main()
