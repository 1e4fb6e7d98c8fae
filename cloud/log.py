"""One log line per request or batch: time, level, box, message, then fields as key=value. Secrets are cut out.

Lines go to standard error; who runs the box decides where they are kept.
"""

import logging
import re
import sys
from typing import Any

# What must never reach a log, wherever it stands in a line: bearer and JSON web tokens, API keys, passwords.
_SECRETS = re.compile(
    r"eyJ[\w-]{5,}\.[\w-]+\.[\w-]*"
    r"|(?i:(?:authorization|x-api-key|password|secret|token)[\"']?\s*[=:]\s*[\"']?(?:bearer\s+)?)[^\s\"',&]+"
)


def redact(text: str) -> str:
    """The text with every secret replaced by ***."""
    return _SECRETS.sub("***", text)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def setup(box: str, level: str = "INFO") -> None:
    """Send all logging of this process to standard error, in the project's form. box: for example "gateway"."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(f"%(asctime)s %(levelname)s {box} %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("botocore", "boto3", "urllib3", "asyncio", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def line(action: str, **fields: Any) -> str:
    """A log message: the action, then its fields, e.g. line("batch", shard="s-0", records=12)."""
    return " ".join([action, *(f"{key}={value}" for key, value in fields.items())])
