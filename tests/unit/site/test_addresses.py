"""Where pages find the gateway and Cognito, from this machine and from a phone in the room; QR codes; the relay."""

import json
from xml.etree import ElementTree

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.site.addresses import Addresses, own, seen_from
from services.site.join import qr_code
from services.site.policy import headers
from services.site.relay import TARGET, Relay
from services.site.settings import from_env

ROOM = from_env({"FOGBANK_LAN": "192.168.1.20", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
PHONE = "192.168.1.20:8080"


def test_a_page_of_this_machine_speaks_to_three_origins() -> None:
    """As on AWS; what is to be shared is the LAN address where there is one."""
    assert seen_from(ROOM, "localhost:8080") == Addresses(
        "http://192.168.1.20:8080",
        "http://localhost:8000",
        "ws://localhost:8000",
        "http://127.0.0.1:4566",
        services={"kinesis": "http://127.0.0.1:4566", "sqs": "http://127.0.0.1:4566"},
    )
    assert seen_from(from_env({}), "127.0.0.1:8080").site == "http://127.0.0.1:8080"


def test_a_phone_finds_all_under_the_address_that_it_knows() -> None:
    """The gateway at the same host, Cognito through the site: the emulator stays on loopback, with all its services."""
    assert seen_from(ROOM, PHONE) == Addresses(
        "http://192.168.1.20:8080",
        "http://192.168.1.20:8000",
        "ws://192.168.1.20:8000",
        "http://192.168.1.20:8080/cognito",
    )
    assert "ws://192.168.1.20:8000" in headers(["ws://192.168.1.20:8000"])["content-security-policy"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://192.168.1.20:8080/alien-attack/", True),
        ("http://localhost:8080/", True),
        ("http://localhost:8080", True),
        ("https://192.168.1.20:8080/", False),
        ("http://192.168.1.21:8080/", False),
        ("http://192.168.1.20:4566/", False),
        ("http://192.168.1.20:8080@example.com/", False),
        ("http://user@192.168.1.20:8080/", False),
        ("http://192.168.1.20:99999/", False),
        ("http://192.168.1.20:8080/ x", False),
        ("http://192.168.1.20:8080/" + "x" * 500, False),
        ("javascript:alert(1)", False),
        ("//192.168.1.20:8080/", False),
        ("", False),
    ],
)
def test_only_this_sites_addresses_become_qr_codes(address: str, expected: bool) -> None:
    """A code on the projector leads nobody astray."""
    assert own(ROOM, address, PHONE) is expected
    assert qr_code(ROOM, address, PHONE).status == (200 if expected else 400)


def test_a_qr_code_is_a_picture_without_styles() -> None:
    """SVG that the content security policy lets through, scalable, dark on white with a margin."""
    picture = qr_code(ROOM, "http://192.168.1.20:8080/alien-attack/", PHONE)
    drawn = ElementTree.fromstring(picture.body)

    assert picture.headers["content-type"] == "image/svg+xml"
    assert drawn.get("viewBox")
    assert b"style" not in picture.body


@pytest.mark.parametrize(
    "target", ["", "SignUp", f"{TARGET}AdminCreateUser", f"{TARGET}ListUsers", "DynamoDB_20120810.SignUp"]
)
async def test_the_relay_passes_on_only_what_visitors_may_ask(target: str) -> None:
    """Administrators' operations, and other services', are refused without asking Cognito."""
    given = await Relay("http://127.0.0.1:9").call({"x-amz-target": target}, b"{}")

    assert (given.status, b"UnknownOperationException" in given.body) == (400, True)


def test_the_inbox_is_named_to_pages_of_this_machine_only() -> None:
    """Where identity plays Cognito its inbox holds everybody's codes; a phone is not led there."""
    settings = from_env({"FOGBANK_IDENTITY_PORT": "4568", "FOGBANK_COGNITO_URL": "http://localhost:4568"})

    assert seen_from(settings, "localhost:8080").inbox == "http://localhost:4568/inbox"
    assert seen_from(settings, PHONE).inbox == ""
    assert seen_from(from_env({"FOGBANK_IDENTITY_PORT": "4568"}), "localhost:8080").inbox == ""


@pytest.mark.parametrize(("code", "confirmed"), [("123456", True), ("000000", False), ("", False)])
async def test_who_signs_up_from_a_phone_is_confirmed_by_the_code_from_the_inbox(code: str, confirmed: bool) -> None:
    """The newest message to the e-mail address has it; without one, or with a wrong one, the page asks for the code."""
    asked: list[str] = []

    async def cognito(request: web.Request) -> web.Response:
        asked.append(request.headers["x-amz-target"].removeprefix(TARGET))
        if asked[-1] == "SignUp":
            return web.json_response({"UserConfirmed": False, "UserSub": "1"})
        right = json.loads(await request.read())["ConfirmationCode"] == "123456"
        return web.json_response({}, status=200 if right else 400)

    async def inbox(request: web.Request) -> web.Response:
        assert (request.query["to"], request.host) == ("a+b@example.com", "localhost")
        return web.json_response({"messages": [{"Code": code}] if code else []})

    app = web.Application()
    app.add_routes([web.post("/", cognito), web.get("/inbox/messages", inbox)])
    body = {"ClientId": "c", "Username": "a", "UserAttributes": [{"Name": "email", "Value": "a+b@example.com"}]}
    async with TestServer(app, host="127.0.0.1") as server:
        relay = Relay(str(server.make_url("")))
        given = await relay.call({"x-amz-target": f"{TARGET}SignUp"}, json.dumps(body).encode())
        await relay.close()

    assert json.loads(given.body) == {"UserConfirmed": confirmed, "UserSub": "1"}
    assert asked == ["SignUp", "ConfirmSignUp"][: 2 if code else 1]


async def test_the_relay_says_when_cognito_is_away() -> None:
    """503 with a body that the pages can read; a path that is no public document is not there."""
    relay = Relay("http://127.0.0.1:9")  # the discard port: nothing listens
    away = await relay.call({"x-amz-target": f"{TARGET}InitiateAuth"}, b"{}")
    odd = await relay.read("../_ministack/reset")
    large = await relay.call({"x-amz-target": f"{TARGET}SignUp"}, b"x" * 70_000)
    await relay.close()

    assert [away.status, odd.status, large.status] == [503, 404, 413]
    assert b"ServiceUnavailableException" in away.body
