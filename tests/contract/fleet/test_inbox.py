"""The inbox: the alerts' messages, until somebody has seen to them."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.contract.fleet.fake import POOL, FakeAws

pytestmark = pytest.mark.browser


def letter(number: int, name: str, health: int) -> dict[str, object]:
    """A message as SNS puts it into a queue."""
    alert = {"Name": name, "StatusTime": "2026-11-25 12:00:00.000", "HealthPoints": health, "MagicPoints": 120}
    body = {"Type": "Notification", "Subject": f"{name} needs looking after", "Message": json.dumps(alert)}
    sent = {"SentTimestamp": str(1_795_608_000_000 + number * 1000)}
    return {"MessageId": str(number), "ReceiptHandle": f"handle-{number}", "Body": json.dumps(body), "Attributes": sent}


@pytest.mark.parametrize("width", [1280, 390])
def test_messages_stay_until_somebody_has_seen_to_them(page: Page, fake: FakeAws, width: int, tmp_path: Path) -> None:
    """Newest first, the low sign marked; "Seen to" deletes the message; a name is text, whatever it holds."""
    page.set_viewport_size({"width": width, "height": 844})
    fake.letters = [letter(1, "Shadowfax", 95), letter(2, "<b>Rocinante</b>", 80)]
    page.goto("/wild-rydes/inbox/")
    page.get_by_label("Identity pool id").fill(POOL)
    page.get_by_role("button", name="Open").click()

    letters = page.locator(".letter h2")
    expect(letters).to_have_text(["<b>Rocinante</b> needs looking after", "Shadowfax needs looking after"])
    expect(page.locator(".letter .low")).to_have_text(["Health 80", "Health 95"])
    page.screenshot(path=tmp_path / f"inbox-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Seen to").first.click()
    expect(letters).to_have_text(["Shadowfax needs looking after"])
    assert fake.deleted == ["handle-2"]
    expect(page.locator("#count")).to_have_text("1 message")
