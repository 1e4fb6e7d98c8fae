"""Asks a box's GET /health: `python stack/health.py URL` ends with 0 when the box can do its job.

Containers are probed with it every few seconds, so it imports the standard library's least.
"""

import http.client
import json
import sys
from urllib.parse import urlsplit


def missing(url: str, timeout: float = 2.0) -> str:
    """What the box says it lacks, in words; "" when it is healthy."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=timeout)
    try:
        connection.request("GET", parts.path or "/health", headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read(65536)
    except ConnectionRefusedError:
        return "does not listen yet"
    except (OSError, http.client.HTTPException) as error:
        return f"does not answer ({type(error).__name__})"
    finally:
        connection.close()
    return "" if response.status == 200 else _reason(response.status, body)


def _reason(status: int, body: bytes) -> str:
    try:
        lacking = json.loads(body)["missing"]
    except (ValueError, KeyError, TypeError):
        return f"answers {status}"
    return "misses " + ", ".join(map(str, lacking))


if __name__ == "__main__":
    if reason := missing(sys.argv[1]):
        sys.exit(reason)
