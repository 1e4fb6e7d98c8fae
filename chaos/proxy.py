"""The way to the emulator, made worse on purpose: a proxy between it and the boxes, in a process of its own.

`python -m chaos.proxy ADDRESS PORT=UPSTREAM,...`. Each line on standard input, a JSON object, is the mode from then on:
{"kind": "pass"}, or {"kind": "slow", "share": 0.3}; "seed" begins the dice anew. Kinds:
error: 500 instead of an answer; throttle: Kinesis' and DynamoDB's refusal; slow: an answer later; cut: the connection
is closed instead of the call being made; lose: the call is made, and the connection closed instead of an answer;
repeat: the call is made twice, and the second answer given; reorder: the call waits until a later one was answered.
"""

import asyncio
import random
import sys
from contextlib import suppress
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from yarl import URL

HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade"})
SLOWEST = 2.0  # seconds
MOST = 64 * 2**20  # bytes of a request
THROTTLED = {"Kinesis_20131202": "ProvisionedThroughputExceededException", "DynamoDB_20120810": "ThrottlingException"}
KEEP_ALIVE = 2.0  # seconds


class Proxy:
    """All ways to emulators."""

    def __init__(self) -> None:
        self.dice = random.Random()
        self.kind = "pass"
        self.share = 0.0
        self.patience = SLOWEST  # seconds that a call waits to be overtaken
        self.met = 0
        self._answered = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    def mode(self, wish: dict[str, Any]) -> None:
        """From now on."""
        self.kind, self.share = str(wish["kind"]), float(wish.get("share", 0.0))
        self.patience = float(wish.get("patience", self.patience))
        if "seed" in wish:
            self.dice.seed(f"proxy/{wish['seed']}")

    async def handle(self, request: web.Request, upstream: str) -> web.StreamResponse:
        """One call to the emulator at this address: met by the fault of the moment, or handed on."""
        kind = self.kind if self.dice.random() < self.share else "pass"
        self.met += kind != "pass"
        try:
            body = await request.read()
        except ConnectionError:  # whoever called was struck just then
            return _cut(request)
        match kind:
            case "error":
                return _refusal(500, "InternalFailure")
            case "throttle" if code := THROTTLED.get(request.headers.get("X-Amz-Target", "").partition(".")[0]):
                return _refusal(400, code)
            case "slow":
                await asyncio.sleep(self.dice.uniform(0, SLOWEST))
            case "cut":
                return _cut(request)
            case "repeat":
                await self._hand_on(request, upstream, body, lost=True)
            case "reorder":
                await self._overtaken()
        response = await self._hand_on(request, upstream, body, lost=kind == "lose")
        self._answered.set()
        self._answered = asyncio.Event()  # for those that wait from now on
        return response or _cut(request)

    async def close(self) -> None:
        """Close the connections to the emulator."""
        if self._session:
            await self._session.close()

    async def _overtaken(self) -> None:
        """Until another call was answered, or none was for a while."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._answered.wait(), self.patience)

    async def _hand_on(
        self, request: web.Request, upstream: str, body: bytes, *, lost: bool
    ) -> web.StreamResponse | None:
        """The emulator's answer as it comes; None where there is none to give."""
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in HOP]
        url = upstream + request.raw_path
        try:
            async with self._open().request(
                request.method, URL(url, encoded=True), data=body or None, headers=headers
            ) as answer:
                if lost:
                    await answer.read()
                    return None
                return await _streamed(request, answer)
        except aiohttp.ClientError:
            return None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=3),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        return self._session


async def _streamed(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status)
    for name, value in answer.headers.items():
        if name.lower() not in HOP:
            response.headers.add(name, value)
    if (length := answer.content_length) is not None:
        response.content_length = length
    await response.prepare(request)
    async for chunk in answer.content.iter_any():
        await response.write(chunk)
    await response.write_eof()
    return response


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return web.Response(status=502)


def _refusal(status: int, code: str) -> web.Response:
    body = orjson.dumps({"__type": code, "message": "refused on purpose"})
    return web.Response(status=status, body=body, content_type="application/x-amz-json-1.1")


async def _serve(address: str, ways: dict[int, str]) -> None:
    proxy = Proxy()
    runners = [await _open(proxy, address, port, upstream) for port, upstream in ways.items()]
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        proxy.mode(orjson.loads(line))
        print(proxy.met, flush=True)
    for runner in runners:
        await runner.cleanup()
    await proxy.close()


async def _open(proxy: Proxy, address: str, port: int, upstream: str) -> web.AppRunner:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await proxy.handle(request, upstream)

    app = web.Application(client_max_size=MOST)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=KEEP_ALIVE * 5)
    await runner.setup()
    await web.TCPSite(runner, address, port).start()
    return runner


def main() -> None:
    """Serve until standard input ends."""
    address, ways = sys.argv[1:]
    pairs = (way.split("=", 1) for way in ways.split(","))
    asyncio.run(_serve(address, {int(port): upstream for port, upstream in pairs}))


if __name__ == "__main__":
    main()
