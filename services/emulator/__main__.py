"""python -m services.emulator: start the mended MiniStack. Exit code 2: it cannot start, and says why."""

import importlib
import os
import sys

from cloud import serve
from cloud.errors import ConfigError
from services.emulator import guard_rails
from services.emulator.settings import Settings


def main() -> None:
    try:
        settings = Settings.from_env(os.environ)
        guard_rails.check(settings)
        os.environ.update(settings.ministack())
        app = importlib.import_module("services.emulator.app").create_app(settings)  # reads that environment
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"emulator: {error}\n")
        sys.exit(2)
    serve.run(app, host=settings.host, port=settings.port, hosts=settings.hosts, **settings.server())


if __name__ == "__main__":
    main()
