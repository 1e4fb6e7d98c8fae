"""python -m services.worker, or python -m services.worker logs <function>"""

import os
import sys

from cloud import log, serve
from services.worker import settings
from services.worker.app import create_app
from services.worker.logs import follow
from services.worker.parts import assemble


def main() -> None:
    if sys.argv[1:2] == ["logs"]:
        sys.exit(follow.main(sys.argv[2:]))
    chosen = settings.from_env(os.environ)
    log.setup("worker", chosen.log_level)
    app = create_app(assemble(chosen))
    serve.run(app, host=chosen.bind, port=chosen.port, hosts=chosen.hosts, timeout_graceful_shutdown=5)


if __name__ == "__main__":
    main()
