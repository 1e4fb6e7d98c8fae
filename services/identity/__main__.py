"""python -m services.identity"""

import os

from cloud import log, serve
from services.identity import settings
from services.identity.app import create_app
from services.identity.parts import assemble


def main() -> None:
    chosen = settings.from_env(os.environ)
    log.setup("identity", chosen.log_level)
    serve.run(create_app(assemble(chosen)), host=chosen.bind, port=chosen.port, hosts=chosen.hosts)


if __name__ == "__main__":
    main()
