"""The machine's own Chromium, for tests that look at pages, and what they do on the board's page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from cloud.wait import until

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
BOARD = "/alien-attack/board/"
SOON = 60_000  # ms; a busy machine draws a second's work in many
FLAGS = [
    "--no-sandbox",  # containers run as root here and there
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


_LOADING = "Failed to load resource"
CHANGED = f"{_LOADING}: net::ERR_NETWORK_CHANGED"  # the machine got a network, as Docker's are; no page's fault


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium without a window; the test is skipped where the machine has none."""
    path = program()
    expect.set_options(timeout=SOON)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as browser:
        yield browser


def program() -> str:
    """Where Chromium is; the test is skipped where the machine has none."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        pytest.skip(f"no Chromium on the PATH ({', '.join(PROGRAMS)})")
    return path


@dataclass
class Complaints:
    """What a page complains of. network: this test makes calls fail, which Chromium notes in the console each time."""

    network: bool = False
    seen: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Collect what the page throws and what it writes to its console as an error."""
        page.on("pageerror", lambda error: self.seen.append(f"thrown: {error}"))
        page.on("console", lambda message: self.seen.append(message.text) if message.type == "error" else None)

    def unexpected(self) -> list[str]:
        """All that should not have been."""
        excused = _LOADING if self.network else CHANGED
        return [one for one in self.seen if not one.startswith(excused)]


class Traffic:
    """What a page has asked for and not been answered yet, from here on."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.open: set[Request] = set()
        page.on("request", self._asked)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def settle(self) -> None:
        """Until all is answered, and the page has taken it in."""
        until(lambda: self.page.evaluate("true") and not self.open, SOON / 1000, what="answers", interval=0.02)
        self.page.evaluate("true")

    def _asked(self, request: Request) -> None:
        self.open.add(request)

    def _ended(self, request: Request) -> None:
        self.open.discard(request)


def sign_in(page: Page, username: str = "ada", password: str = "right") -> None:
    """Fill the form of the board's page, going there first where needed, and send it."""
    if not page.url.endswith(BOARD):
        page.goto(BOARD)
    page.get_by_label("Nickname").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def shown(page: Page) -> list[list[str]]:
    """The cells of the table's rows, as a reader sees them."""
    rows = page.locator("#leaders tr").all()
    return [[cell.inner_text() for cell in one.locator(".rank, .nickname, [data-key]").all()] for one in rows]
