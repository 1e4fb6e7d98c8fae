"""Run the site: python -m services.site"""

import os

from cloud import log, serve
from services.site.app import create_app
from services.site.pages import ROOT
from services.site.settings import Settings


def main() -> None:
    """Settings -> app -> server, until SIGTERM."""
    settings = Settings.from_env(os.environ)
    log.setup("site", settings.log_level)
    serve.run(create_app(settings, ROOT), host=settings.bind, port=settings.port, hosts=settings.allowed_hosts)


if __name__ == "__main__":
    main()
