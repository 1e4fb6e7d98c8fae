"""One address before the worker's replicas: `python stack/relay.py PORT HOST`, in Docker.

A port of this machine can belong to one container only, and an engine that shares out a range of ports gives a
container another one at each start. So http://localhost:8001 belongs to this relay, which hands every connection to one
of the replicas, whichever run now. Bytes go through as they are.
"""

import asyncio
import random
import signal
import sys
from contextlib import suppress

CHUNK = 65536  # bytes


async def main(port: int, host: str) -> None:
    """Relay every connection on this port to the same port of host, until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await relay(reader, writer, host, port)

    async with await asyncio.start_server(accept, "0.0.0.0", port):
        await stop.wait()


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    """Join one connection with a new one to host; close both when either side has ended."""
    try:
        beyond_reader, beyond_writer = await connect(host, port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(_pump(reader, beyond_writer), _pump(beyond_reader, writer))


async def connect(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to any of the addresses that host has now. Raises OSError when none takes it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    addresses = [str(entry[4][0]) for entry in found]
    random.shuffle(addresses)
    failure: OSError = ConnectionRefusedError(f"{host} has no address")
    for address in addresses:
        try:
            return await asyncio.wait_for(asyncio.open_connection(address, port), 3)
        except OSError as error:  # that replica has just gone
            failure = error
    raise failure


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
