"""The projector, which nobody is signed in to: whoever knows a session's BoardCode may look at its board."""

import hmac

from . import register
from .session import LONGEST_ID, Session


def session(session_id: str, code: str) -> Session | None:
    """The session whose board this code opens; None when it opens none."""
    found = register.find(session_id) if 0 < len(session_id) <= LONGEST_ID else None
    wanted = str((found or {}).get("BoardCode", ""))
    return found if wanted and hmac.compare_digest(wanted.encode(), code.encode()) else None
