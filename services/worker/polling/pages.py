"""GetRecords, of streams and of tables' streams, in two ways that answer alike: JSON as it is sent, data in base64.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
botocore takes 10 ms to make Python's objects of a thousand records, most of which a function's event undoes again, and
most of a millisecond for a read that finds nothing. Shards are read all the time, so they are read without it.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError, ReadTimeoutError

from cloud.clients import CONNECT_TIMEOUT, READ_TIMEOUT

Pages = Callable[[str, int], Awaitable[dict[str, Any]]]
"""(shard iterator, limit) -> the answer. Raises botocore's ClientError and BotoCoreErrors, whichever way it is."""

_KEEP_ALIVE = 2.0  # seconds; below the 5 after which servers here close an idle connection
_AGAIN = 2  # attempts after one that met a connection which was just being closed; reading changes nothing


@dataclass(frozen=True)
class Service:
    """Whose GetRecords it is. name: that signatures carry; target: prefix of X-Amz-Target; json: its version."""

    name: str
    target: str
    json: str


KINESIS = Service("kinesis", "Kinesis_20131202", "1.1")
TABLE_STREAMS = Service("dynamodb", "DynamoDBStreams_20120810", "1.0")


class SignedPages:
    """Pages over connections of its own. endpoint: http://host:port; made and used in one event loop."""

    def __init__(self, endpoint: str, credentials: Credentials, region: str, service: Service = KINESIS) -> None:
        self._url = endpoint.rstrip("/") + "/"
        self._headers = {
            "Content-Type": f"application/x-amz-json-{service.json}",
            "X-Amz-Target": f"{service.target}.GetRecords",
        }
        self._signer = SigV4Auth(credentials, service.name, region)
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, iterator: str, limit: int) -> dict[str, Any]:
        body = orjson.dumps({"ShardIterator": iterator, "Limit": limit})
        status, answer = await self._send(body, self._signed(body))
        try:
            reply: dict[str, Any] = orjson.loads(answer)
        except orjson.JSONDecodeError as error:
            raise HTTPClientError(error=error) from error
        if status >= 300:
            raise _refusal(status, reply)
        return reply

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()

    def _signed(self, body: bytes) -> dict[str, str]:
        request = AWSRequest("POST", self._url, data=body, headers=self._headers)
        self._signer.add_auth(request)
        return dict(request.headers.items())

    async def _send(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        for left in reversed(range(_AGAIN + 1)):
            try:
                async with self._open().post(self._url, data=body, headers=headers) as answer:
                    return answer.status, await answer.read()
            except aiohttp.ServerDisconnectedError as error:
                if not left:
                    raise HTTPClientError(error=error) from error
            except aiohttp.ClientConnectorError as error:
                raise EndpointConnectionError(endpoint_url=self._url, error=error) from error
            except TimeoutError as error:
                raise ReadTimeoutError(endpoint_url=self._url, error=error) from error
            except aiohttp.ClientError as error:
                raise HTTPClientError(error=error) from error
        raise AssertionError("the last attempt returns or raises")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=READ_TIMEOUT, sock_connect=CONNECT_TIMEOUT),
            )
        return self._session


class Boto3Pages:
    """Pages through a boto3 client: where the endpoint is reached by TLS, boto3's settings say whom to trust.

    sent: a record as boto3 gives it -> as the service sent it; Kinesis' unless told otherwise.
    """

    def __init__(self, client: Any, sent: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> None:
        self.client = client
        self._as_sent = sent or as_sent

    async def __call__(self, iterator: str, limit: int) -> dict[str, Any]:
        reply = await asyncio.to_thread(self.client.get_records, ShardIterator=iterator, Limit=limit)
        return {**reply, "Records": [self._as_sent(record) for record in reply["Records"]]}

    async def close(self) -> None:
        """The client is not ours."""


def as_sent(record: dict[str, Any]) -> dict[str, Any]:
    """A record of a stream as boto3 gives it, as Kinesis sent it."""
    data = base64.b64encode(record["Data"]).decode()
    arrival = record["ApproximateArrivalTimestamp"].timestamp()
    return {**record, "Data": data, "ApproximateArrivalTimestamp": arrival}


def _refusal(status: int, reply: dict[str, Any]) -> ClientError:
    code = str(reply.get("__type") or status).rpartition("#")[2]
    error = {"Code": code, "Message": str(reply.get("message") or reply.get("Message") or "")}
    return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetRecords")
