"""Keeps every reading in the table and says where a batch went wrong, so that only the rest of it comes again.

The mapping must have FunctionResponseTypes ReportBatchItemFailures; without it Lambda ignores the answer.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

import logging
import os
from collections.abc import Mapping
from typing import Any

from .. import table
from ..reading import Poisoned, Reading, Unreadable, position, wholesome

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Take a batch of a Kinesis event source mapping: what stands before the first bad record is stored and done."""
    good: list[Reading] = []
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        try:
            good.append(wholesome(record))
        except (Poisoned, Unreadable) as error:
            log.warning("Stopping at a bad record: %s", error)
            failures.append({"itemIdentifier": position(record)})
            break
    table.store(os.environ["TABLE_NAME"], good)
    log.info("Delivered %d of %d records", len(good), len(event["Records"]))
    return {"batchItemFailures": failures}
