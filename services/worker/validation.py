"""Checks a request against the constraints of Lambda's own service model, and words violations as Lambda does.

Lambda answers all violations of a request in one ValidationException.
"""

from collections.abc import Mapping
from typing import Any

from cloud import shapes


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise Lambda's ValidationException, or SerializationException for a wrong type, unless the request conforms.

    operation: for example "CreateFunction"; request: its members by name, those in the path too.
    """
    shapes.check("lambda", operation, request)
