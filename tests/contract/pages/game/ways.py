"""What tests do on the game's page again and again."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

from playwright.sync_api import Error, Page, expect

from cloud.wait import until
from tests.browser import SOON
from tests.contract.pages.fake import tokens
from tests.contract.pages.game.fake_room import PASSWORD, FakeRoom

GAME = "/alien-attack/"
MOMENT = 50  # ms of the page's own time per turn; between turns its calls are answered


def sign_in(page: Page, nickname: str = "ada", password: str = PASSWORD, query: str = "test") -> None:
    """Through the form, from the title on."""
    page.goto(f"{GAME}?{query}")
    page.get_by_role("button", name="I have one").click()
    fill_sign_in(page, nickname, password)


def fill_sign_in(page: Page, nickname: str, password: str = PASSWORD) -> None:
    """The form that is on the screen."""
    page.get_by_label("Nickname").fill(nickname)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def enter(page: Page, nickname: str = "ada", query: str = "test") -> None:
    """Somebody who has signed in before in this tab comes to the lobby."""
    come(page, nickname, query)
    expect(page.locator(".lounge")).to_be_visible(timeout=SOON)


def come(page: Page, nickname: str = "ada", query: str = "test") -> None:
    """The same, and nobody waits for the lobby to be there."""
    kept = {"clientId": "client", "refreshToken": nickname, "renewAt": (time.time() + 3600) * 1000}
    kept["idToken"] = tokens(nickname)["IdToken"]
    script = f"sessionStorage['fogbank.account'] ??= JSON.stringify({json.dumps(kept)})"
    page.add_init_script(script)
    page.goto(f"{GAME}?{query}")


def join(page: Page) -> None:
    """Take a seat."""
    page.get_by_role("button", name="Join").click()


def play(page: Page, fake: FakeRoom, nickname: str = "ada", query: str = "test", **more: Any) -> None:
    """From nothing into a game that counts, in a session where everybody starts when they like."""
    fake.open(**more)
    enter(page, nickname, query)
    join(page)
    wait(page, "document.querySelector('.countdown') !== null || __aa.startedAt !== null")


def run_for(page: Page, ms: int) -> None:
    """Let so much of the page's own time pass (page.clock.install): what the machine takes meanwhile does not count.

    Each post is answered before more time is let pass, so a slow machine does not make the API look slow.
    """
    stand_still(page)
    for _ in range(ms // MOMENT):
        page.clock.run_for(MOMENT)
        until(
            lambda: page.evaluate("!__aa.flow.run.value?.publisher.inFlight"), SOON / 1000, what="an answer", interval=0
        )
    page.clock.resume()


def stand_still(page: Page) -> None:
    """The page's own time stops. Playwright refuses a moment that has gone by, but only after it has stopped."""
    with suppress(Error):
        page.clock.pause_at(page.evaluate("Date.now()") / 1000)
    page.clock.pause_at(page.evaluate("Date.now()") / 1000)


def note_texts(page: Page, selector: str) -> None:
    """From here on the page keeps what stands in that element in its `texts`: a countdown's second is short, and who
    looks at it now and then may miss it."""
    page.evaluate(
        """(selector) => {
          globalThis.texts = [];
          const look = () => {
            const text = document.querySelector(selector)?.textContent;
            if (text && text !== texts.at(-1)) texts.push(text);
          };
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
          look();
        }""",
        selector,
    )


def await_calls(page: Page, arrived: Callable[[], object]) -> None:
    """Until the fake has got something; calls are handed to it only while Playwright is asked for something."""
    until(lambda: page.evaluate("true") and arrived(), SOON / 1000, what="a call")


def lose(page: Page) -> None:
    """The last life, at the next step."""
    page.evaluate(
        "Object.assign(__aa.state, { lives: 1, bombs: [{ x: __aa.state.ship.x, y: 555 }] }); __aa.state.ship.safe = 0"
    )


def ask(page: Page, expression: str) -> Any:
    """What the page's test hooks tell: __aa.<expression>."""
    return page.evaluate(f"__aa.{expression}")


def wait(page: Page, expression: str) -> None:
    """Until a script's value is true. Playwright's own way to wait needs eval, which the pages' policy forbids."""
    until(lambda: page.evaluate(expression), SOON / 1000, what=expression)


def gaps(page: Page, count: int) -> list[float]:
    """ms of the page's own time between the last so many posts."""
    return [after["at"] - before["at"] for before, after in pairwise(ask(page, "sent")[-count - 1 :])]
