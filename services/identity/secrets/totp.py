"""Time-based one-time passwords, as authenticator apps make them: SHA-1, six digits, 30 s.

https://www.rfc-editor.org/rfc/rfc6238
"""

import base64
import binascii
import hashlib
import hmac
import os

STEP = 30  # seconds
_DRIFT = 1  # steps that a phone's clock may be off


def new_secret() -> str:
    """160 random bits in base 32, as an app is told them."""
    return base64.b32encode(os.urandom(20)).decode()


def code(secret: str, step: int) -> str:
    """The code of a step."""
    try:
        key = base64.b32decode(secret)
    except binascii.Error:
        return ""
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def step_of(secret: str, given: str, now: float) -> int | None:
    """The step whose code was given, one earlier or later allowed; None when it is none of these."""
    current = int(now // STEP)
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        if hmac.compare_digest(code(secret, step).encode(), given.encode("utf-8", "surrogatepass")):
            return step
    return None
