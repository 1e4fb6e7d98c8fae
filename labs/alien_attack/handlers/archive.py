"""The stream's other reader: everything that was accepted, into the raw bucket."""

import logging
from collections.abc import Mapping
from typing import Any

from .. import archive

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Take a batch of a Kinesis event source mapping. Raises when it cannot be stored: Lambda tries again."""
    records = event["Records"]
    written = archive.store(records)
    log.info("batch records=%d archived=%d", len(records), written)
