"""Pages of a list. Pure. A token says where the next page begins; one that says nothing is refused."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from services.identity.errors import invalid

T = TypeVar("T")
MOST = 60  # of a page, as on AWS


def page(found: Sequence[T], limit: int | None, token: str | None) -> tuple[Sequence[T], str]:
    """One page, and the token of the next, "" after the last. Raises InvalidParameterException."""
    start = 0
    if token:
        try:
            start = int(base64.b64decode(token, validate=True))
        except (binascii.Error, ValueError) as error:
            raise invalid("Invalid pagination token") from error
        if start < 0:
            raise invalid("Invalid pagination token")
    end = start + min(MOST if limit is None else int(limit), MOST)
    more = base64.b64encode(str(end).encode()).decode() if end < len(found) and end > start else ""
    return found[start:end], more
