"""python -m services.worker"""

import os

from cloud import log, serve
from services.worker import settings
from services.worker.app import create_app
from services.worker.parts import assemble


def main() -> None:
    chosen = settings.from_env(os.environ)
    log.setup("worker", chosen.log_level)
    app = create_app(assemble(chosen))
    serve.run(app, host=chosen.bind, port=chosen.port, hosts=chosen.hosts, timeout_graceful_shutdown=5)


if __name__ == "__main__":
    main()
