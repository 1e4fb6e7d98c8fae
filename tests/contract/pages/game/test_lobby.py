"""The way in: registering, signing in, and the lobby until the game begins. Each screen is written as a picture."""

import itertools
import time
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from cloud.wait import until
from tests.browser import SOON, Complaints, Traffic
from tests.contract.pages.fake import tokens
from tests.contract.pages.game.fake_room import CODE, PASSWORD, FakeRoom
from tests.contract.pages.game.ways import (
    GAME,
    await_calls,
    come,
    enter,
    fill_sign_in,
    join,
    note_texts,
    play,
    sign_in,
    stand_still,
    wait,
)

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
FRAME = 16  # ms
NAMES = ["grace", "linus", "barbara", "ken", "dennis", "محمد", "<b>bold</b>", "Ωmega", "x" * 60]


def fill(page: Page, nickname: str, password: str = "secret", again: str = "secret") -> None:
    """The form for registering, and send it."""
    for label, value in {"Nickname": nickname, "E-mail": "kat@example.org", "Company or website": "NASA"}.items():
        page.get_by_label(label).fill(value)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Password, once more").fill(again)
    page.get_by_role("button", name="Register").click()


def problem(page: Page, field: str) -> str:
    """What is said beside a field; its input points to it."""
    input_ = page.get_by_label(field, exact=True)
    expect(input_).to_have_attribute("aria-invalid", "true")
    return page.locator(f"#{(input_.get_attribute('aria-describedby') or '').split()[-1]}").inner_text()


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])
def test_a_stranger_registers_and_is_in_the_lobby(
    page: Page, fake: FakeRoom, complaints: Complaints, size: dict[str, int], tmp_path: Path
) -> None:
    """From the title: a nickname that is refused for each known reason, then a code by e-mail, then the lobby."""
    complaints.network = True
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.route("**/config.json", with_inbox)
    page.goto(GAME)
    expect(page.get_by_text("Turn your sound on")).to_be_visible()
    assert "Press Start 2P" in page.locator(".logo").evaluate("node => getComputedStyle(node).fontFamily")
    page.screenshot(path=tmp_path / "title.png")

    page.get_by_role("button", name="Get a nickname").click()
    fill(page, "kat@example.org")
    assert "e-mail" in problem(page, "Nickname")
    page.screenshot(path=tmp_path / "register.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    fill(page, "katherine", again="different")
    assert "differ" in problem(page, "Password, once more")
    fill(page, "katherine", "short", "short")
    assert "6 characters" in problem(page, "Password")
    fill(page, "ada")
    assert "taken" in problem(page, "Nickname")
    fill(page, "katherine", "simple", "simple")
    assert "symbol" in problem(page, "Password")

    fill(page, "katherine")
    expect(page.get_by_text("A code was sent to kat@example.org")).to_be_visible()
    inbox = page.get_by_role("link", name="Open the local inbox")
    assert inbox.get_attribute("href") == "http://localhost:4568/inbox?to=kat%40example.org"
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    assert "not the code" in problem(page, "Code")
    page.screenshot(path=tmp_path / "confirm.png")
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("Another code was sent")).to_be_visible()
    page.get_by_label("Code").fill(CODE)
    page.get_by_role("button", name="Confirm").click()

    expect(page.get_by_role("heading", name="No session yet")).to_be_visible(timeout=SOON)
    expect(page.locator(".who")).to_contain_text("katherine")
    page.screenshot(path=tmp_path / "lobby-empty.png")


def test_a_field_that_is_wrong_has_the_focus_once_it_is_marked(page: Page, fake: FakeRoom) -> None:
    """Not a moment later: what is typed meanwhile would go into another field than the one it was meant for."""
    page.goto(GAME)
    page.get_by_role("button", name="Get a nickname").click()
    page.evaluate(NOTE_FOCUS)
    fill(page, "katherine", again="different")
    problem(page, "Password, once more")

    assert page.evaluate("marked") == ["again in again"]


NOTE_FOCUS = """marked = [];
new MutationObserver((changes) => {
  for (const { target } of changes) if (target.ariaInvalid) marked.push(`${target.id} in ${document.activeElement.id}`);
}).observe(document, { subtree: true, attributeFilter: ['aria-invalid'] });
"""


def with_inbox(route: Route) -> None:
    """config.json of a stack whose identity box has an inbox."""
    response = route.fetch()
    route.fulfill(response=response, json={**response.json(), "inbox": "http://localhost:4568/inbox"})


def test_a_forgotten_password_is_set_anew(page: Page, fake: FakeRoom, complaints: Complaints) -> None:
    """A wrong password is said beside its field; a code sets another one, with which the gamer is in."""
    complaints.network = True
    sign_in(page, password="wrong!")
    assert "do not fit" in problem(page, "Password")

    page.get_by_role("button", name="Forgot your password?").click()
    expect(page.get_by_label("Nickname")).to_have_value("ada")
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("Code").fill(CODE)
    page.get_by_label("Password").fill("another!")
    page.get_by_role("button", name="Set it and sign in").click()
    expect(page.locator(".lounge")).to_be_visible(timeout=SOON)
    assert fake.users["ada"] == "another!"


def test_who_never_confirmed_is_asked_for_the_code(page: Page, fake: FakeRoom, complaints: Complaints) -> None:
    """Signing in without a confirmed address leads to the code, and from there into the lobby."""
    complaints.network = True
    fake.unconfirmed.add("grace")
    sign_in(page, "grace")
    expect(page.get_by_text("not confirmed yet")).to_be_visible()
    page.get_by_label("Code").fill(CODE)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".lounge")).to_be_visible(timeout=SOON)


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])
def test_the_lobby_shows_the_session_and_who_is_here(
    page: Page, fake: FakeRoom, size: dict[str, int], tmp_path: Path
) -> None:
    """An open session appears by itself, with its seats and names as they come; joining unlocks the sound and waits."""
    page.set_viewport_size(size)  # type: ignore[arg-type]
    enter(page)
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    fake.seated += NAMES
    fake.open(GameType="SINGLE_TRIAL", Synchronized=True)
    expect(page.get_by_role("heading", name="TEST261121T120000")).to_be_visible(timeout=SOON)
    expect(page.locator(".seats")).to_contain_text("9 / 200")
    assert page.locator(".names li").all_inner_texts() == NAMES[::-1]
    assert page.locator(".names b, .names img").count() == 0
    expect(page.locator(".hearing .pill")).to_have_text("Not yet on")
    page.screenshot(path=tmp_path / "lobby-open.png", full_page=True)

    join(page)
    expect(page.get_by_text("Waiting for the manager")).to_be_visible(timeout=SOON)
    expect(page.locator(".hearing .pill")).to_have_text("On")
    fake.seated.append("ada")
    fake.push_seats()
    expect(page.locator(".names .own")).to_have_text("ada")
    page.screenshot(path=tmp_path / "lobby-waiting.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]

    page.get_by_role("button", name="Give the seat back").click()
    expect(page.get_by_role("button", name="Join")).to_be_visible()
    await_calls(page, lambda: len(fake.left) == 1)


@pytest.mark.parametrize(
    ("code", "text"), [("NoSeatsAvailable", "All seats are taken"), ("GamerCannotPlay", "one game each")]
)
def test_a_refused_seat_says_why(page: Page, fake: FakeRoom, complaints: Complaints, code: str, text: str) -> None:
    """No seat, or played already: said in words; where another try makes sense there is a button for it."""
    complaints.network = True
    fake.refusal = code
    fake.open(GameType="SINGLE_TRIAL")
    enter(page)
    join(page)
    expect(page.locator(".refusal")).to_contain_text(text)
    again = page.get_by_role("button", name="Try again")
    expect(again).to_have_count(1 if code == "NoSeatsAvailable" else 0)

    if code == "NoSeatsAvailable":
        fake.refusal = None
        again.click()
        expect(page.locator(".countdown")).to_be_visible(timeout=SOON)


@pytest.mark.parametrize("module", ["playing", "core/game"])
def test_a_game_whose_modules_did_not_all_arrive_is_asked_for_again(
    page: Page, fake: FakeRoom, complaints: Complaints, module: str
) -> None:
    """The game comes after the page; one that is lost on the way comes late, and nobody has to reload."""
    complaints.network = True
    lost = iter([True, True])
    page.route(f"**/alien-attack/{module}.js", lambda one: one.abort() if next(lost, False) else one.fallback())
    fake.open()
    enter(page)
    expect(page.get_by_role("button", name="Join")).to_be_visible(timeout=SOON)


def test_a_lobby_without_a_socket_asks_instead(page: Page, fake: FakeRoom) -> None:
    """Where no socket opens the session is asked for each second, the seat kept by heartbeats, and START is seen."""
    fake.socket_opens = False
    fake.has_time = False
    traffic = Traffic(page)
    page.clock.install()
    enter(page)
    fake.open(GameType="SINGLE_TRIAL", Synchronized=True)
    page.clock.run_for(2500)
    join(page)
    expect(page.get_by_text("Waiting for the manager")).to_be_visible(timeout=SOON)
    stand_still(page)
    asked = len([one for one in fake.seen if one.endswith("/v1/session")])
    for _ in range(10):
        page.clock.run_for(1000)
        traffic.settle()
    assert fake.heartbeats >= 1
    assert len([one for one in fake.seen if one.endswith("/v1/session")]) - asked in range(5, 14)

    assert fake.session is not None
    note_texts(page, ".countdown .count")
    fake.session |= {"StartAt": page.evaluate("Date.now()") + 3000}
    page.clock.resume()
    wait(page, "texts.length > 0")


def test_pages_start_together(
    context: BrowserContext, page: Page, fake: FakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three pages whose server's clock is 7 s ahead begin to play in the same frame, with the same seed.

    Their clocks are the test's, so how busy this machine is does not matter.
    """
    ahead, pages = 7000, [page, context.new_page(), context.new_page()]
    now = [(int(time.time()) + 60) * 1000]
    monkeypatch.setattr(fake, "now", lambda: now[0] + ahead)
    for one in pages:
        one.clock.install(time=now[0] / 1000 - 1)
        one.clock.pause_at(now[0] / 1000)

    def turn(ms: int) -> bool:
        for one in pages:
            one.clock.run_for(ms)
        now[0] += ms
        return False

    def there(one: Page, expression: str) -> None:
        """Time passes only after a while: a call that was given up is made again after a pause."""
        looks = itertools.count(1)
        until(lambda: one.evaluate(expression) or (next(looks) % 50 == 0 and turn(1000)), SOON / 1000, what=expression)

    fake.open(GameType="SINGLE_TRIAL", Synchronized=True)
    for one, nickname in zip(pages, ("ada", "linus", "grace"), strict=True):
        come(one, nickname)
        there(one, "document.querySelector('.lounge') !== null")
        join(one)
        there(one, "document.querySelector('.waiting') !== null && __aa.flow.room.clock.synced")
    fake.start()
    until(lambda: turn(FRAME) or all(one.evaluate("__aa.startedAt !== null") for one in pages), SOON / 1000, interval=0)

    begun = [one.evaluate("__aa.startedAt") for one in pages]
    assert fake.session is not None
    due = fake.session["StartAt"] - ahead
    assert all(0 <= moment - due <= 2 * FRAME for moment in begun)
    assert [one.evaluate("__aa.state.seed") for one in pages] == [20_261] * 3


def test_who_comes_late_is_asked(page: Page, fake: FakeRoom, tmp_path: Path) -> None:
    """After START joining needs a yes; a no gives the seat back."""
    fake.open(GameType="SINGLE_TRIAL", Synchronized=True)
    fake.start(wait=-60_000)
    enter(page)
    join(page)
    expect(page.get_by_role("dialog")).to_contain_text("The others have started")
    page.screenshot(path=tmp_path / "late.png")
    page.get_by_role("button", name="Stay here").click()
    expect(page.locator(".lounge")).to_be_visible()
    expect(page.get_by_role("button", name="Join")).to_be_visible()
    await_calls(page, lambda: len(fake.left) == 1)

    join(page)
    page.get_by_role("button", name="Join now").click()
    expect(page.locator(".field-frame")).to_be_visible(timeout=SOON)
    wait(page, "__aa.startedAt !== null")


def test_a_keyboard_is_enough(page: Page, fake: FakeRoom) -> None:
    """From the title into the game with Tab, Enter and letters; the focus is always where one would go on."""
    fake.open()
    page.goto(f"{GAME}?test")
    expect(page.locator(".logo")).to_be_visible()
    page.keyboard.press("Tab")
    for _ in range(6):
        if page.evaluate("document.activeElement.textContent") == "I have one":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Nickname")).to_be_focused()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Join")).to_be_visible(timeout=SOON)
    for _ in range(12):
        if page.evaluate("document.activeElement.textContent") == "Join":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".field-canvas")).to_be_focused(timeout=SOON)
    wait(page, "__aa.startedAt !== null")
    page.keyboard.press("p")
    expect(page.get_by_text("The session's clock runs on")).to_be_visible(timeout=SOON)


def test_a_bare_start_is_a_start(page: Page, fake: FakeRoom) -> None:
    """The word start, as the published workshop sends it, is an immediate 3-2-1."""
    fake.open(GameType="SINGLE_TRIAL", Synchronized=True)
    enter(page)
    join(page)
    expect(page.get_by_text("Waiting for the manager")).to_be_visible(timeout=SOON)
    note_texts(page, ".countdown .count")
    fake.sockets[0].send("start")
    wait(page, "texts[0] === '3'")


def test_a_start_that_was_missed_is_made_up_for(page: Page, fake: FakeRoom) -> None:
    """START while the socket is away: the page asks for the session once it is back, and plays without a question."""
    fake.open(GameType="SINGLE_TRIAL", Synchronized=True)
    enter(page)
    join(page)
    expect(page.get_by_text("Waiting for the manager")).to_be_visible(timeout=SOON)
    lost = fake.sockets.pop()
    fake.start(wait=-10_000)
    lost.close()
    wait(page, "__aa.startedAt !== null")
    assert page.get_by_role("dialog").count() == 0


def test_a_used_up_sign_in_comes_back_to_where_it_was(page: Page, fake: FakeRoom, complaints: Complaints) -> None:
    """A refused token is renewed once without a word; when that fails too, the game waits behind the form."""
    complaints.network = True
    fake.open()
    enter(page)
    fake.refused_tokens.add(tokens("ada")["IdToken"])
    join(page)
    wait(page, "__aa.startedAt !== null")
    assert fake.refreshes == 1

    fake.refresh_refused = True
    fake.refused_tokens.add(tokens("ada", "id1")["IdToken"])
    expect(page.get_by_text("Your sign-in has run out")).to_be_visible(timeout=SOON)
    score = page.evaluate("__aa.status")
    fake.refused_tokens.clear()
    fake.refresh_refused = False
    fill_sign_in(page, "ada", PASSWORD)
    expect(page.get_by_text("The session's clock runs on")).to_be_visible(timeout=SOON)
    assert page.evaluate("__aa.status") == score
    page.get_by_role("button", name="Play on").last.click()
    before = len(fake.posts)
    wait(page, "__aa.flow.run.value.match.loop.running")
    wait(page, f"__aa.sent.length > {before}")


def test_nobody_is_disturbed_at_the_form_by_a_game_that_waits(
    page: Page, fake: FakeRoom, complaints: Complaints
) -> None:
    """The game's posts go on trying behind the form: another form stays, and so does what was said about a password."""
    complaints.network = True
    play(page, fake)
    wait(page, "__aa.startedAt !== null")
    fake.refresh_refused = True
    fake.refused_tokens.add(tokens("ada")["IdToken"])
    expect(page.get_by_text("Your sign-in has run out")).to_be_visible(timeout=SOON)

    fill_sign_in(page, "ada", "wrong!")
    expect(page.get_by_role("alert").filter(has_text="password")).to_be_visible(timeout=SOON)
    tried = page.evaluate("__aa.flow.run.value.publisher.sent.at(-1).at")
    wait(page, f"__aa.sent.filter(({{ at }}) => at > {tried}).length > 2")
    expect(page.get_by_role("alert").filter(has_text="password")).to_be_visible()
