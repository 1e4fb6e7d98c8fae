"""Keeps every reading in the table, in batches; one poisoned reading fails its whole batch.

A batch may come again, after a failure or a crash: its items replace themselves. Which batches come again is the event
source mapping's affair (retries, "split batch on error").
"""

import logging
import os
from collections.abc import Mapping
from typing import Any

from .. import table
from ..reading import wholesome

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


def handler(event: Mapping[str, Any], _context: Any) -> str:
    """Take a batch of a Kinesis event source mapping. Raises Poisoned or Unreadable before anything is written."""
    readings = [wholesome(record) for record in event["Records"]]
    table.store(os.environ["TABLE_NAME"], readings)
    log.info("Delivered %d records", len(readings))
    return f"Delivered {len(readings)} records"
