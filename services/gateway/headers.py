"""HTTP header names and which of them API Gateway renames, drops or refuses.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from functools import lru_cache

from services.gateway.messages import Headers

_SPELT = {
    "dnt": "DNT",
    "te": "TE",
    "etag": "ETag",
    "www-authenticate": "WWW-Authenticate",
    "content-md5": "Content-MD5",
}

_REMAPPED = frozenset({"connection", "content-length", "date", "server"})
_REMAPPED_MAPPED = _REMAPPED | {
    "authorization", "content-md5", "expect", "host", "max-forwards", "proxy-authenticate", "trailer", "upgrade",
    "user-agent", "www-authenticate",
}  # fmt: skip

DROPPED = frozenset({
    "connection", "content-length", "content-md5", "expect", "max-forwards", "proxy-authenticate", "server", "te",
    "transfer-encoding", "trailer", "upgrade", "www-authenticate",
})  # fmt: skip
"""What an integration never sees of a request."""

FORBIDDEN = frozenset({"content-length", "transfer-encoding"})
"""What a mapping may not set on the integration's request: the method then answers 500."""

FORBIDDEN_FOR_AWS = FORBIDDEN | {"authorization", "connection", "expect", "proxy-authenticate", "te"}
"""The same for requests to AWS's services."""


@lru_cache(maxsize=1024)
def canonical(name: str) -> str:
    """A lower-case header name as clients usually spell it: content-type -> Content-Type.

    AWS keeps the client's own spelling; servers here get names in lower case and have to guess it.
    """
    if name.startswith("sec-ch-"):
        return name
    return _SPELT.get(name) or "-".join(part.capitalize() for part in name.split("-"))


def remapped(headers: Headers, *, proxy: bool) -> Headers:
    """A backend's headers as the client gets them: some come as x-amzn-Remapped-<name>."""
    taken = _REMAPPED if proxy else _REMAPPED_MAPPED
    return [(f"x-amzn-Remapped-{name}" if name.lower() in taken else name, value) for name, value in headers]
