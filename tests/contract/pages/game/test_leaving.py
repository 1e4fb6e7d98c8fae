"""What a page says when it goes away for good. Playwright loses such calls, so a real server listens."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

from cloud.wait import until
from tests.browser import SOON
from tests.contract.pages.fake import COGNITO, open_session, tokens
from tests.contract.pages.game.ways import enter, join
from tests.contract.site import serving
from tests.ports import free_port

pytestmark = pytest.mark.browser


class Gateway(BaseHTTPRequestHandler):
    """The few answers that lead a gamer into a game; each deallocate is noted."""

    left: list[str] = []  # noqa: RUF012, one for the module; a test empties it

    def do_OPTIONS(self) -> None:
        """The browser asks first, since calls have an Authorization header."""
        self._answer({})

    def do_GET(self) -> None:
        """One open session, for everybody."""
        session = json.dumps(open_session(Seed=1))
        self._answer(session if "/session" in self.path else {"Scoreboard": []})

    def do_POST(self) -> None:
        """Whatever is asked for is granted."""
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/deallocate"):
            self.left.append(self.headers["Authorization"])
        self._answer({})

    def _answer(self, body: object) -> None:
        self.send_response(200)
        for name, value in {"Origin": "*", "Headers": "Authorization,Content-Type", "Methods": "POST"}.items():
            self.send_header(f"Access-Control-Allow-{name}", value)
        content = json.dumps(body).encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    """The address of a server in the gateway's place."""
    with ThreadingHTTPServer(("127.0.0.1", free_port()), Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def site(gateway: str) -> Iterator[str]:
    """A site whose pages look for their API there."""
    with serving(FOGBANK_GATEWAY_PORT=gateway.rsplit(":", 1)[1], FOGBANK_COGNITO_URL=COGNITO) as address:
        yield address


@pytest.mark.parametrize("way", ["close", "navigate", "reload"])
def test_leaving_gives_the_seat_back(chromium: Browser, site: str, way: str) -> None:
    """Closing the tab, going elsewhere and reloading: exactly one deallocate each, with the gamer's token."""
    Gateway.left.clear()
    with chromium.new_context(base_url=site) as context:
        page = context.new_page()
        enter(page, query="test&transport=poll")
        join(page)
        expect(page.locator(".countdown")).to_be_visible(timeout=SOON)
        if way == "close":
            page.close()
        elif way == "navigate":
            page.goto("/error.html")
        else:
            page.reload()
        until(lambda: Gateway.left, SOON / 1000, what="a deallocate")

    assert Gateway.left == [tokens("ada")["IdToken"]]
