"""The words that the pipeline and its shell exchange: requests in, responses out, and calls handed out in between.

Nothing here does anything; see pipeline.py for who says what to whom.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.gateway.quota import Quota
    from services.gateway.throttle import Limit

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Request:
    """One HTTP request. path: percent-decoded, without API and stage; segments: its parts, each decoded alone.

    headers: names in lower case, in the order they came; query: decoded names and values in order.
    """

    api: str
    stage: str
    method: str
    path: str
    segments: list[str]
    headers: Headers
    query: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"
    raw_path: str = ""
    """As it came, API and stage included: what a caller signs."""
    raw_query: str = ""
    size: int = 0
    """Bytes of the request line and of all headers' values."""
    by_name: dict[str, str] = field(init=False)
    """Header name in lower case -> its last value."""

    def __post_init__(self) -> None:
        self.by_name = dict(self.headers)


@dataclass(slots=True)
class Response:
    """One HTTP answer. headers: as they go out, without Content-Length and Date, which the server adds."""

    status: int
    headers: Headers
    body: bytes


@dataclass(slots=True)
class ServiceCall:
    """A signed HTTP call to an AWS service. service: boto3's name; timeout: seconds, for the whole call."""

    service: str
    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    query: list[tuple[str, str]] = field(default_factory=list)
    timeout: float = 29.0


@dataclass(slots=True)
class FetchKeys:
    """Fetch the token keys of a user pool into the key ring; its outcome is None, whether it worked or not."""

    issuer: str


@dataclass(slots=True)
class HttpCall:
    """An HTTP call to a backend of the API's own. headers: as they go out; verify: whether its certificate counts.

    connect: seconds until it is connected, or nothing was sent; None: as long as all of it may take.
    """

    method: str
    url: str
    body: bytes
    headers: Headers
    timeout: float = 29.0
    verify: bool = True
    connect: float | None = None


@dataclass(slots=True)
class FindCredential:
    """Ask the emulator whose access key this is; its outcome is a Credential, or None for a key of nobody."""

    access_key: str


@dataclass(slots=True)
class TakeToken:
    """Take a token of a throttle from the store that gateways share; its outcome: whether there was one."""

    name: tuple[str, ...]
    limit: "Limit"
    now: float


@dataclass(slots=True)
class TakeQuota:
    """Take a request from a quota in the store; its outcome: whether there was one left, None: it was not counted."""

    name: tuple[str, str]
    quota: "Quota"
    now: float


@dataclass(slots=True)
class Reply:
    """What a service answered. headers: names in lower case; pairs: all of them as they came, where that is known."""

    status: int
    headers: dict[str, str]
    body: bytes
    pairs: Headers | None = None


Call = ServiceCall | HttpCall | FetchKeys | FindCredential | TakeToken | TakeQuota
Flow = Generator[Call, Any, Response]
"""A request on its way: yields calls, is sent their outcomes (Reply for those over HTTP), returns the response.

A call that fails is thrown in as CallTimedOut or CallFailed.
"""


class CallTimedOut(Exception):
    """The service did not answer within the call's timeout; it may still do the work."""


class CallFailed(Exception):
    """The service could not be reached, or hung up before it answered.

    unsent: the request certainly did not get there, so that sending it again cannot do anything twice.
    """

    def __init__(self, reason: str, *, unsent: bool = False) -> None:
        super().__init__(reason)
        self.unsent = unsent
