"""Keeps every reading as it came, in S3, for whatever is asked of it later; see archive.py for how."""

import os
from collections.abc import Mapping
from typing import Any

from .. import archive
from ..aws import client


def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Take a batch of a Kinesis event source mapping. A batch that comes again writes the same objects again."""
    for key, body in archive.objects(event["Records"]).items():
        client("s3").put_object(Bucket=os.environ["BUCKET_NAME"], Key=key, Body=body, ContentType="application/gzip")
