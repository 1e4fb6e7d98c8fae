"""Keeps every reading as it came, in S3, for whatever is asked later; archive.py says how, vault.py how once."""

import logging
from collections.abc import Mapping
from typing import Any

from .. import vault

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Take a batch of a Kinesis event source mapping. A batch that comes again keeps only what is not kept yet."""
    kept = vault.store(event["Records"])
    log.info("batch records=%d archived=%d", len(event["Records"]), kept)
