"""The live board in trouble: what it says, what it keeps, and how it comes back without a reload."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import SOON, Complaints, sign_in
from tests.contract.pages.fake import FakeStack, open_session, row, tokens

pytestmark = pytest.mark.browser


def test_a_wrong_password_is_refused_in_cognitos_words(page: Page, complaints: Complaints) -> None:
    """The form shows Cognito's message and can be sent again."""
    complaints.network = True
    sign_in(page, password="wrong")

    expect(page.get_by_role("alert")).to_have_text("Incorrect username or password.")
    sign_in(page)
    expect(page.locator("#nickname")).to_have_text("ada")


def test_offline_is_said_and_mended_without_a_reload(
    page: Page, context: BrowserContext, fake: FakeStack, complaints: Complaints, tmp_path: Path
) -> None:
    """A lost network raises the banner, keeps the last scores, and goes away by itself."""
    complaints.network = True
    loads: list[str] = []
    fake.session, fake.rows = open_session(), [row("ada", 10)]
    sign_in(page)
    expect(page.locator("#link")).to_have_text("Live", timeout=SOON)
    page.on("framenavigated", lambda frame: loads.append(frame.url))

    fake.away = True
    context.set_offline(True)
    expect(page.get_by_role("status")).to_contain_text("This machine is offline", timeout=SOON)
    expect(page.locator("#link")).to_have_text("Not live")
    expect(page.locator("#leaders tr")).to_have_count(1)
    page.screenshot(path=tmp_path / "offline.png")

    fake.rows = [row("ada", 20)]
    fake.away = False
    context.set_offline(False)
    expect(page.locator("#banner")).to_be_hidden(timeout=SOON)
    expect(page.locator("#leaders tr").first).to_contain_text("20")
    assert loads == []


def test_an_api_in_trouble_is_said_and_mended(page: Page, fake: FakeStack, complaints: Complaints) -> None:
    """503s raise the banner with the status; when they end, so does the banner."""
    complaints.network = True
    fake.session, fake.rows = open_session(), [row("ada", 10)]
    sign_in(page)
    expect(page.locator("#link")).to_have_text("Live", timeout=SOON)

    fake.status = 503
    expect(page.get_by_role("status")).to_contain_text("answers with an error (503)", timeout=SOON)
    fake.status = 200
    expect(page.locator("#banner")).to_be_hidden(timeout=2 * SOON)


def test_an_expired_token_is_renewed_in_silence(page: Page, fake: FakeStack, complaints: Complaints) -> None:
    """A 401 leads to one refresh and a second try; the page shows nothing of it."""
    complaints.network = True
    fake.session, fake.rows = open_session(), [row("ada", 10)]
    sign_in(page)
    expect(page.locator("#leaders tr")).to_have_count(1, timeout=SOON)

    fake.refused_tokens.add(tokens("ada")["IdToken"])
    fake.rows = [row("ada", 20)]
    expect(page.locator("#leaders tr").first).to_contain_text("20", timeout=SOON)
    expect(page.locator("#signin")).to_be_hidden()
    assert fake.refreshes == 1


def test_calls_that_were_refused_with_the_same_token_renew_it_once(page: Page) -> None:
    """Also when one hears of its refusal after another has renewed the token: it tries again with the new one."""
    page.goto("/")
    script = """async () => {
        const { get } = await import('/lib/api.js');
        let renewals = 0, late;
        const waiting = new Promise((done) => { late = done; });
        const account = {
          idToken: 'old',
          async token() { return this.idToken; },
          async renew() { renewals += 1; this.idToken = 'new'; },
        };
        globalThis.fetch = async (address, { headers }) => {
          if (headers.Authorization === 'new') return new Response('{}');
          if (address.startsWith('/late')) await waiting;
          return new Response('{}', { status: 401 });
        };
        const slow = get(account, '', '/late');
        await get(account, '', '/soon');
        late();
        await slow;
        return renewals;
    }"""

    assert page.evaluate(script) == 1


def test_a_cognito_in_trouble_signs_nobody_out(page: Page) -> None:
    """A whole room renews its tokens at once: who is put off goes on with the old one; what is refused is over."""
    page.goto("/error.html")
    script = """async () => {
        const { Account } = await import('/lib/account.js');
        const kept = JSON.stringify({ clientId: 'client', idToken: 'old', refreshToken: 'r', renewAt: 0 });
        const account = new Account('', { storage: { getItem: () => kept, setItem() {}, removeItem() {} } });
        const answers = [
          [429, { __type: 'TooManyRequestsException' }],
          [400, { __type: 'LimitExceededException' }],
          [500, { __type: 'InternalErrorException' }],
          [200, { AuthenticationResult: { IdToken: 'new', ExpiresIn: 0 } }],
          [400, { __type: 'NotAuthorizedException' }],
        ];
        globalThis.fetch = async () => {
          const [status, body] = answers.shift();
          return new Response(JSON.stringify(body), { status });
        };
        const seen = [];
        while (answers.length) seen.push(await account.token().catch((error) => error.constructor.name));
        return [...seen, account.signedIn];
    }"""

    assert page.evaluate(script) == ["old", "old", "old", "new", "SignedOut", False]


def test_a_revoked_sign_in_leads_back_to_the_form(page: Page, fake: FakeStack, complaints: Complaints) -> None:
    """When the refresh token is refused too, the form says why; signing in again brings the board back."""
    complaints.network = True
    fake.session, fake.rows = open_session(), [row("ada", 10)]
    sign_in(page)
    expect(page.locator("#leaders tr")).to_have_count(1, timeout=SOON)

    fake.refresh_refused = True
    fake.refused_tokens.add(tokens("ada")["IdToken"])
    expect(page.get_by_role("alert")).to_have_text("Your sign-in has run out. Please sign in again.", timeout=SOON)
    expect(page.locator("#board")).to_be_hidden()

    fake.refused_tokens.clear()
    sign_in(page)
    expect(page.locator("#leaders tr")).to_have_count(1, timeout=SOON)


@pytest.mark.parametrize(
    ("link", "age", "online", "expected"),
    [
        ({"lastHeard": None, "failures": 0, "status": None}, 0, True, "connecting"),
        ({"lastHeard": 1000, "failures": 0, "status": None}, 500, True, "live"),
        ({"lastHeard": 1000, "failures": 0, "status": None}, 500, False, "live"),
        ({"lastHeard": 1000, "failures": 1, "status": None}, 2500, True, "live"),
        ({"lastHeard": 1000, "failures": 0, "status": None}, 6001, True, "stale"),
        ({"lastHeard": 1000, "failures": 2, "status": None}, 2500, True, "unreachable"),
        ({"lastHeard": 1000, "failures": 2, "status": None}, 2500, False, "offline"),
        ({"lastHeard": 1000, "failures": 2, "status": 503}, 2500, True, "error"),
    ],
)
def test_the_links_condition_follows_from_what_was_heard(
    page: Page, link: dict[str, Any], age: int, online: bool, expected: str
) -> None:
    """A machine without any network still has its own stack: offline is said only when calls fail too."""
    page.goto("/")
    script = "async ([link, now, online]) => (await import('/lib/link.js')).condition([link], now, online).kind"

    assert page.evaluate(script, [link, 1000 + age, online]) == expected


def test_retries_come_less_and_less_often(page: Page) -> None:
    """A random part of 0.25 s, doubled by each failure up to 10 s."""
    page.goto("/")
    script = """async counts => {
        const { retryAfter } = await import('/lib/repeat.js');
        return counts.map(count => retryAfter(count, () => 1));
    }"""

    assert page.evaluate(script, [1, 2, 3, 6, 7, 50]) == [250, 500, 1000, 8000, 10_000, 10_000]
