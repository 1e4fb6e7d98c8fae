"""Every AWS client of the project is made here.

Where a client goes is decided by boto3's own variables and nothing else: AWS_ENDPOINT_URL,
AWS_ENDPOINT_URL_<SERVICE_ID>, AWS_REGION and the credential variables. With none of them set, a client reaches AWS
itself.
"""

import os
from collections.abc import Mapping
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ReadTimeoutError
from botocore.utils import CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES, SERVICE_NAME_ALIASES

from cloud.errors import ConfigError

DEFAULT_REGION = "us-east-1"
CONNECT_TIMEOUT = 3  # seconds
READ_TIMEOUT = 20  # seconds; above an SQS long poll, below any deadline of ours


def region(environ: Mapping[str, str]) -> str:
    """The region that the environment names, as boto3 would choose it; us-east-1 when it names none."""
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION


class _Clients:
    """Makes every client once. Making one reads large files of AWS's: threads that want the same one wait for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._session: Any = None
        self._made: dict[tuple[str, int, int, str | None, int], Any] = {}

    def __call__(
        self,
        service: str,
        *,
        retries: int = 2,
        pool: int = 16,
        region_name: str | None = None,
        read_timeout: int = READ_TIMEOUT,
    ) -> Any:
        """A boto3 client, shared by all who ask for the same one; boto3 clients may be used from several threads.

        service: boto3's name of it ("kinesis"). retries: attempts after the first. pool: connections kept open.
        read_timeout: seconds that an answer may take.
        """
        key = (service, retries, pool, region_name, read_timeout)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(*key)
            return self._made[key]

    def cache_clear(self) -> None:
        """Forget all clients, and close their connections: the environment has changed."""
        with self._lock:
            for made in self._made.values():
                made.close()
            self._made.clear()
            self._session = None

    def _make(self, service: str, retries: int, pool: int, region_name: str | None, read_timeout: int) -> Any:
        if self._session is None:
            self._session = boto3.session.Session()
        made = self._session.client(
            service,
            region_name=region_name or self._session.region_name or DEFAULT_REGION,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": retries + 1},
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=read_timeout,
                max_pool_connections=pool,
                s3={"addressing_style": "path"},
            ),
        )
        made.meta.events.register_first("needs-retry", self._reconnect)
        return made

    def _reconnect(self, caught_exception: Exception | None = None, **_: Any) -> None:
        """After an answer that did not come: where this connection led there may be nobody any more, as after a change
        of network. All that are kept open lead there, and each would cost another timeout before there is a new one."""
        if isinstance(caught_exception, ReadTimeoutError):
            for made in list(self._made.values()):
                made.close()  # its idle connections; it makes new ones


client = _Clients()


def endpoint(service: str) -> str:
    """The address that a client of this service speaks to, e.g. http://127.0.0.1:4566.

    Where the environment names it no client is made: each takes 1 to 12 MB, and some only want to know the address.
    """
    return _configured(service, os.environ) or str(client(service).meta.endpoint_url)


def _configured(service: str, environ: Mapping[str, str]) -> str:
    """What boto3's variables say, which come before its configuration file; "" when they say nothing."""
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ""
    name = SERVICE_NAME_ALIASES.get(service, service)
    name = CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES.get(name, name).replace("-", "_").upper()
    return environ.get(f"AWS_ENDPOINT_URL_{name}") or environ.get("AWS_ENDPOINT_URL") or ""


def credentials() -> Credentials:
    """Those that the environment gives, for calls that are signed without a client. ConfigError when it gives none."""
    found = boto3.session.Session().get_credentials()
    if found is None:
        raise ConfigError("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (test/test will do)")
    return found
