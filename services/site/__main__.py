"""Run the site: python -m services.site"""

import os

from cloud import log, serve
from services.site.app import create_app
from services.site.pages import ROOT
from services.site.settings import from_env


def main() -> None:
    """Settings -> app -> server, until SIGTERM."""
    settings = from_env(os.environ)
    log.setup("site", settings.log_level)
    serve.run(create_app(settings, ROOT), host=settings.bind, port=settings.port, hosts=settings.hosts)


if __name__ == "__main__":
    main()
