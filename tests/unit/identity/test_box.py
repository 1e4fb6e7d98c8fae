"""The box itself: settings, health, mail to a server, tables that are out of reach."""

import inspect
import socketserver
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from cloud.errors import AwsError, ConfigError
from cloud.tables import Conflict
from services.identity import settings, tables
from services.identity.mail.post import Post
from services.identity.pools.registry import Pools
from services.identity.secrets.vault import Sealed, Vault
from tests.unit.worker.memory_table import MemoryTable

from .world import PASSWORD, USER_POOLS, Refusal, World


def test_settings_come_from_the_environment() -> None:
    """Ports, addresses, and defaults that suit a laptop."""
    chosen = settings.from_env({"FOGBANK_IDENTITY_PORT": "5000", "FOGBANK_HOME": "/tmp/x"})

    assert (chosen.port, chosen.url, chosen.home) == (5000, "http://localhost:5000", Path("/tmp/x"))
    assert settings.from_env({}).port == 4568
    assert settings.from_env({"FOGBANK_COGNITO_URL": "http://lan:1/"}).url == "http://lan:1"


async def test_a_pool_is_remembered_for_a_second_whatever_the_wall_clock_says() -> None:
    """Else one that is gone would be there for ten minutes when the clock is set back by ten minutes."""
    now, table, pool_id = [0.0], MemoryTable(*tables.KEYS[tables.POOLS]), "us-east-1_a"
    await table.create({"Scope": pool_id, "Part": "settings", "Content": {}, "Keys": b""})
    with ThreadPoolExecutor(1) as executor:
        pools = Pools(table, Vault(b"k" * 32), executor, clock=lambda: now[0])
        known = await pools.get(pool_id)
        await table.delete({"Scope": pool_id, "Part": "settings"})

        assert await pools.get(pool_id, fresh=False) is known
        now[0] = 1.1
        with pytest.raises(AwsError, match="does not exist"):
            await pools.get(pool_id, fresh=False)
        assert inspect.signature(Pools).parameters["clock"].default is time.monotonic


@pytest.mark.parametrize(
    "environ",
    [
        {"FOGBANK_IDENTITY_PORT": "many"},
        {"FOGBANK_SHORTEST_TOKEN_SECONDS": "0"},
        {"FOGBANK_SMTP_URL": "http://user:secret@mail"},
    ],
)
def test_settings_that_make_no_sense_are_named(environ: dict[str, str]) -> None:
    """ConfigError says which variable; a password in it is not repeated."""
    with pytest.raises(ConfigError) as caught:
        settings.from_env(environ)

    assert next(iter(environ)) in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Conflict("too many writers"), 400, "ConcurrentModificationException"),
        (Sealed("keys"), 500, "InternalErrorException"),
        (EndpointConnectionError(endpoint_url="http://nowhere"), 500, "InternalErrorException"),
    ],
)
async def test_what_a_table_raises_is_told_to_pages_too(world: World, error: Exception, status: int, code: str) -> None:
    """As Cognito's errors are told, with what lets a browser's script read them."""
    pool = await world.pool()
    world.tables[tables.USERS].offline = error
    headers = {"x-amz-target": f"{USER_POOLS}.SignUp", "origin": "http://localhost:8080"}
    asked = {"ClientId": pool.client, "Username": "ada", "Password": PASSWORD}
    answer = await world.http.post("/", json=asked, headers=headers)
    link = {"client_id": pool.client, "user_name": "ada", "confirmation_code": "1"}
    page = await world.http.get("/confirmUser", params=link, headers=headers)

    for each in (answer, page):
        assert (each.status_code, each.headers["x-amzn-errortype"]) == (status, code)
        assert each.headers["access-control-allow-origin"] in {"*", "http://localhost:8080"}


async def test_health_says_what_is_missing(world: World) -> None:
    """200, and 503 while DynamoDB does not answer; then every operation says so too, and works again after."""
    assert (await world.http.get("/health")).json() == {"status": "ok"}
    pool = await world.pool()
    for table in world.tables.values():
        table.offline = EndpointConnectionError(endpoint_url="http://nowhere")
    health = await world.http.get("/health")

    assert (health.status_code, health.json()["missing"]) == (503, ["DynamoDB (EndpointConnectionError)"])
    with pytest.raises(Refusal, match=r"InternalErrorException") as caught:
        await pool.gamer()
    assert caught.value.status == 500
    for table in world.tables.values():
        table.offline = None
    await pool.gamer()
    assert "fogbank_identity_operation_seconds" in (await world.http.get("/metrics")).text


class Mailbox(socketserver.StreamRequestHandler):
    """A mail server that takes everything and keeps it."""

    kept: list[str]

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.kept.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A mail server's address, and what it gets."""
    kept: list[str] = []
    handler = type("Handler", (Mailbox,), {"kept": kept})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"smtp://127.0.0.1:{listening.server_address[1]}", kept
        listening.shutdown()
        thread.join()


async def test_mail_goes_to_a_server_too(world: World, server: tuple[str, list[str]]) -> None:
    """Where one is named; a subject cannot smuggle in headers."""
    address, kept = server
    post = Post(world.tables["FogbankMail"], world.tick, address)
    await post.send("ada@example.com", "Hello\r\nBcc: eve@example.com", "Your code is 123456", "123456")

    assert "To: ada@example.com" in kept[0]
    assert "Your code is 123456" in kept[0]
    assert "\nBcc:" not in kept[0]
    assert (await world.mail("ada@example.com"))[0]["Code"] == "123456"


async def test_a_server_that_is_away_keeps_nobody_out(world: World) -> None:
    """The inbox has the mail all the same."""
    post = Post(world.tables["FogbankMail"], world.tick, "smtp://127.0.0.1:9")
    await post.send("ada@example.com", "Hello", "Your code is 123456", "123456")

    assert len(await world.mail("ada@example.com")) == 1
