"""The AWS clients of the lab's functions: made at their first use, kept for the invocations that follow."""

from functools import cache
from typing import Any

import boto3


@cache
def client(service: str) -> Any:
    """boto3's client. Where it leads is decided by boto3's own variables."""
    return boto3.client(service)
