"""The @connections API of a WebSocket API, for telling hundreds of connections the same within a moment.

boto3's post_to_connection takes over a millisecond of CPU a call, a quarter of a second for 200 connections: some would
hear a START long before others. Here the requests are signed by botocore and sent by the standard library over a few
connections that stay open, for a fraction of that.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import http.client
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

GONE = 410
AT_ONCE = 8  # lines
_PATIENCE = 5  # seconds
_NO_ANSWER = 0


@dataclass
class Line:
    """One connection to the API, opened when it is needed."""

    where: SplitResult
    auth: SigV4Auth
    _open: http.client.HTTPConnection | None = field(default=None, init=False)

    def post_all(self, connection_ids: Iterable[str], texts: Sequence[bytes]) -> list[int]:
        """Send every text to every one of these, in their order; the HTTP status of each one's last, 0: no answer."""
        return [self._post_each(connection_id, texts) for connection_id in connection_ids]

    def close(self) -> None:
        """Hang up."""
        if self._open:
            self._open.close()
        self._open = None

    def _post_each(self, connection_id: str, texts: Sequence[bytes]) -> int:
        status = _NO_ANSWER
        for text in texts:
            status = self._post(connection_id, text)
            if status != 200:
                break
        return status

    def _post(self, connection_id: str, text: bytes) -> int:
        for _ in range(2):  # a line that was open may have been closed while the function slept
            try:
                return self._ask(connection_id, text)
            except (OSError, http.client.HTTPException):
                self.close()
        return _NO_ANSWER

    def _ask(self, connection_id: str, text: bytes) -> int:
        path = f"{self.where.path}/%40connections/{quote(connection_id, safe='')}"
        signed = AWSRequest("POST", f"{self.where.scheme}://{self.where.netloc}{path}", data=text)
        self.auth.add_auth(signed)
        if self._open is None:
            secure = self.where.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            self._open = kind(self.where.netloc, timeout=_PATIENCE)
        self._open.request("POST", path, text, dict(signed.headers.items()))
        answer = self._open.getresponse()
        answer.read()
        return answer.status


class Lines:
    """Several lines to one API. address: of its stage, e.g. https://<id>.execute-api.<region>.amazonaws.com/<stage>."""

    def __init__(self, address: str) -> None:
        session = boto3.session.Session()
        auth = SigV4Auth(session.get_credentials(), "execute-api", session.region_name or "us-east-1")
        self._lines = [Line(urlsplit(address), auth) for _ in range(AT_ONCE)]

    def post(self, connection_ids: Sequence[str], texts: Sequence[bytes]) -> dict[str, int]:
        """Send every text to all of these, to each in their order; connection id -> HTTP status, 0: no answer."""
        needed = max(1, min(AT_ONCE, len(connection_ids)))
        shares = [connection_ids[number::needed] for number in range(needed)]
        with ThreadPoolExecutor(needed) as threads:
            statuses = threads.map(lambda line, share: line.post_all(share, texts), self._lines, shares)
            return {
                connection_id: status
                for share, some in zip(shares, statuses, strict=True)
                for connection_id, status in zip(share, some, strict=True)
            }

    def close(self) -> None:
        """Hang up all."""
        for line in self._lines:
            line.close()
