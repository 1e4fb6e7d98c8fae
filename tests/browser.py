"""The machine's own Chromium, for tests that look at pages, and what they do on the board's page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
BOARD = "/alien-attack/board/"
SOON = 6000  # ms; three polls of the board
FLAGS = [
    "--no-sandbox",  # containers run as root here and there
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium without a window; the test is skipped where the machine has none."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        pytest.skip(f"no Chromium on the PATH ({', '.join(PROGRAMS)})")
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as browser:
        yield browser


def complaints(page: Page, into: list[str]) -> None:
    """Collect what a page throws and what it writes to its console as an error."""
    page.on("pageerror", lambda error: into.append(str(error)))
    page.on("console", lambda message: into.append(message.text) if message.type == "error" else None)


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
