"""Makes the calls that the pipeline asks for, and drives a request's way through them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from cloud.log import line
from services.gateway.coalesce import TARGET, Coalescer
from services.gateway.exchange import Exchange
from services.gateway.iam import Credential
from services.gateway.messages import (
    Call,
    CallFailed,
    CallTimedOut,
    FetchKeys,
    FindCredential,
    Flow,
    HttpCall,
    Reply,
    Response,
    ServiceCall,
    TakeQuota,
    TakeToken,
)
from services.gateway.outbound import Outbound
from services.gateway.shares import Shares

LOG = logging.getLogger(__name__)
ACCESS_KEYS = "/_fogbank/access-keys/"
"""Where our emulator says whose an access key is; others do not."""
_NOT_IMPLEMENTED = 501


class Calls:
    """The outcomes of calls."""

    def __init__(
        self,
        outbound: Outbound,
        coalescer: Coalescer,
        fetch_keys: Callable[[str], Awaitable[Any]],
        shares: Shares | None = None,
    ) -> None:
        self._outbound = outbound
        self._coalescer = coalescer
        self._fetch_keys = fetch_keys
        self._shares = shares
        self._fetching: dict[str, asyncio.Task[Any]] = {}

    async def perform(self, call: Call) -> Any:
        """The call's outcome. Raises CallTimedOut and CallFailed."""
        if isinstance(call, ServiceCall):
            if call.service == "kinesis" and call.headers.get("X-Amz-Target") == TARGET:
                return await self._coalescer.put(call)
            return await self._outbound.call(call)
        if isinstance(call, HttpCall):
            return await self._outbound.http(call)
        if isinstance(call, FetchKeys):
            return await self._keys(call.issuer)
        if isinstance(call, FindCredential):
            return await self._credential(call.access_key)
        return await self._share(call)

    async def _share(self, call: TakeToken | TakeQuota) -> bool | None:
        if self._shares is None:
            return True
        return await (self._shares.token(call) if isinstance(call, TakeToken) else self._shares.quota(call))

    async def _keys(self, issuer: str) -> None:
        """Everybody who needs the same keys waits for the same fetch."""
        task = self._fetching.get(issuer)
        if task is None:
            task = self._fetching[issuer] = asyncio.ensure_future(self._fetch_keys(issuer))
            task.add_done_callback(lambda _task: self._fetching.pop(issuer, None))
        await asyncio.shield(task)

    async def _credential(self, access_key: str) -> Credential | None:
        own = self._outbound.credentials
        if access_key == own.access_key:  # the gateway's own, which callers may sign with, too
            return Credential(own.access_key, own.secret_key, token=own.token or "")
        if not access_key.isalnum():
            return None
        reply = await self._outbound.fetch("sts", ACCESS_KEYS + access_key, timeout=5.0)
        if reply.status >= 500 and reply.status != _NOT_IMPLEMENTED:
            raise CallFailed(f"access keys: {reply.status}")
        try:
            return Credential(access_key, **orjson.loads(reply.body)) if reply.status == 200 else None
        except (ValueError, TypeError) as error:
            LOG.warning(line("access-key", error=error))
            return None


async def drive(flow: Flow, perform: Callable[[Call], Awaitable[Any]], exchange: Exchange | None = None) -> Response:
    """Run a request's way to its end, making the calls that it yields; its journal hears of those over HTTP."""
    try:
        call = next(flow)
        while True:
            try:
                if exchange is not None and exchange.journal is not None:
                    outcome = await _told(call, perform, exchange)
                else:
                    outcome = await perform(call)
            except (CallTimedOut, CallFailed) as error:
                call = flow.throw(error)
            else:
                call = flow.send(outcome)
    except StopIteration as done:
        response: Response = done.value
        return response


async def _told(call: Call, perform: Callable[[Call], Awaitable[Any]], exchange: Exchange) -> Any:
    journal = exchange.journal
    if journal is None or not isinstance(call, ServiceCall | HttpCall):
        return await perform(call)
    journal.calling(call)
    began = time.perf_counter()
    reply: Reply = await perform(call)
    journal.called(reply, (time.perf_counter() - began) * 1000)
    return reply
