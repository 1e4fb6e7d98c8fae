"""The boxes: what runs, in the order in which it is started."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from stack.settings import ROOT, Ports


@dataclass(frozen=True)
class Box:
    """One long-running part of the stack.

    arguments: what `python -m` runs; port: the field of Ports that it listens on, "" when it serves nothing; lan:
    whether a room's phones may reach it.
    """

    name: str
    arguments: tuple[str, ...]
    port: str
    about: str
    lan: bool = False

    def address(self, ports: Ports) -> str:
        """Where the box listens on this machine, e.g. http://localhost:8000; "" when it serves nothing."""
        return f"http://localhost:{getattr(ports, self.port)}" if self.port else ""


EMULATOR = Box("emulator", ("services.emulator",), "emulator", "streams, tables, queues: MiniStack, mended")
WORKER = Box("worker", ("services.worker",), "worker", "Lambda: runs functions, polls streams")
ANALYTICS = Box("analytics", ("services.analytics",), "analytics", "Managed Flink: SQL over streams")
QUERY = Box("query", ("services.query",), "query", "Athena: SQL over what is kept in S3")
IDENTITY = Box("identity", ("services.identity",), "identity", "Cognito: user pools, identity pools, the inbox")
BOOTSTRAP = Box("bootstrap", ("bootstrap", "watch"), "", "creates what the labs declare, again whenever it is missing")
GATEWAY = Box("gateway", ("services.gateway",), "gateway", "API Gateway: the labs' APIs", lan=True)
SITE = Box("site", ("services.site",), "site", "the pages", lan=True)

ALL = (EMULATOR, WORKER, IDENTITY, ANALYTICS, QUERY, BOOTSTRAP, GATEWAY, SITE)
FIRST = (EMULATOR, WORKER, IDENTITY)
"""Those that the others cannot begin without: each is waited for before the next is started."""

CODE = ("bootstrap", "cloud", "services", "labs/*.py", "requirements.txt")
"""What a running box has read once and does not read again. Labs and pages are read live."""


def fingerprint(extra: str = "", root: Path = ROOT) -> str:
    """Changes whenever the boxes must be started anew: their code, what they run on, or extra."""
    digest = hashlib.sha256(extra.encode())
    for pattern in CODE:
        for path in sorted(root.glob(pattern)):
            files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
            for file in files:
                digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]
