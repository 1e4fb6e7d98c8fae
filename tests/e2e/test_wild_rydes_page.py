"""The fleet's map on the running stack: a browser reads the stream itself, across origins, as a visitor, or is told."""

import json
import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from cloud.clients import client
from stack.settings import ROOT
from tests.browser import Complaints, chromium
from tests.e2e.boxes import Stack

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def test_a_unicorn_shows_on_the_map_and_an_alert_in_the_inbox(stack: Stack) -> None:
    """The pool's id is all that a visitor needs; the page calls Cognito, Kinesis and SQS, each at its own address.

    Without one, a function tells the page.
    """
    pool = client("ssm").get_parameter(Name="/wild-rydes/identitypoolid")["Parameter"]["Value"]
    command = [sys.executable, "-m", "labs.wild_rydes.producer", "-name", "Pegasus", "--points", "90", "-msgs", "300"]
    complaints = Complaints()
    environ = {**os.environ, **stack.environ}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as producer, chromium() as browser:
        page = browser.new_page(base_url=f"http://localhost:{stack.environ['FOGBANK_SITE_PORT']}")
        complaints.listen(page)
        page.goto("/wild-rydes/")
        page.get_by_label("Identity pool id").fill(pool)
        page.get_by_role("button", name="Start").click()
        page.get_by_role("button", name="Pegasus").click()
        expect(page.locator("#card")).to_contain_text("Pegasus")
        expect(page.locator("#link")).to_have_text("Live")

        page.get_by_role("link", name="Inbox").click()
        expect(page.locator(".letter h2").first).to_have_text("Pegasus needs looking after", timeout=60_000)

        page.get_by_role("link", name="Map").click()
        page.get_by_role("button", name="Stop").click()
        page.reload()
        expect(page.locator("#count")).to_have_text("0 unicorns")
        page.get_by_label("Be told").check()
        with page.expect_websocket() as opened:
            page.get_by_role("button", name="Start").click()
        opened.value.wait_for_event("framereceived", predicate=_is_push, timeout=60_000)
        expect(page.locator("#link")).to_have_text("Live")
        expect(page.get_by_role("button", name="Pegasus")).to_be_visible()
        producer.terminate()
    assert complaints.unexpected() == []


def _is_push(frame: str | bytes) -> bool:
    """Whether the page was told a reading without having asked."""
    message = json.loads(frame)
    return message["type"] == "readings" and bool(message["readings"]) and "answer" not in message
