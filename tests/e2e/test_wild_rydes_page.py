"""The fleet's map on the running stack: a browser reads the stream itself, across origins, as a visitor."""

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
    """The pool's id is all that a visitor needs; the page calls Cognito, Kinesis and SQS, each at its own address."""
    pool = client("ssm").get_parameter(Name="/wild-rydes/identitypoolid")["Parameter"]["Value"]
    command = [sys.executable, "-m", "labs.wild_rydes.producer", "-name", "Pegasus", "--points", "90", "-msgs", "60"]
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
        producer.terminate()
    assert complaints.unexpected() == []
