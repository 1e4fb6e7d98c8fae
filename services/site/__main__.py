"""Run the site: python -m services.site"""

import os
import time

from cloud import clients, log, serve
from services.site.app import create_app
from services.site.boxes import BOXES, Boxes
from services.site.cache import Cache
from services.site.origin import origin
from services.site.relay import Relay
from services.site.settings import from_env


def main() -> None:
    """Settings -> pages -> app -> server, until SIGTERM."""
    settings = from_env(os.environ)
    log.setup("site", settings.log_level)
    cache = Cache(origin(settings.folder), time.monotonic)
    boxes = Boxes({name: clients.endpoint(service) for name, service in BOXES.items()})
    app = create_app(settings, cache, Relay(clients.endpoint("cognito-idp")), boxes)
    serve.run(app, host=settings.bind, port=settings.port, hosts=settings.hosts)


if __name__ == "__main__":
    main()
