"""Where pages find the gateway and Cognito, from this machine and from a phone in the room; QR codes; the relay."""

from xml.etree import ElementTree

import pytest

from services.site.addresses import Addresses, own, seen_from
from services.site.join import qr_code
from services.site.policy import headers
from services.site.relay import TARGET, Relay
from services.site.settings import from_env

ROOM = from_env({"FOGBANK_LAN": "192.168.1.20", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
PHONE = "192.168.1.20:8080"


def test_a_page_of_this_machine_speaks_to_three_origins() -> None:
    """As on AWS; what is to be shared is the LAN address where there is one."""
    emulator = "http://127.0.0.1:4566"
    assert seen_from(ROOM, "localhost:8080") == Addresses(
        "http://192.168.1.20:8080", "http://localhost:8000", "ws://localhost:8000", emulator, emulator, emulator
    )
    assert seen_from(from_env({}), "127.0.0.1:8080").site == "http://127.0.0.1:8080"


def test_a_phone_finds_all_under_the_address_that_it_knows() -> None:
    """The gateway at the same host, Cognito through the site: the emulator stays on loopback."""
    assert seen_from(ROOM, PHONE) == Addresses(
        "http://192.168.1.20:8080",
        "http://192.168.1.20:8000",
        "ws://192.168.1.20:8000",
        "http://192.168.1.20:8080/cognito",
        "http://127.0.0.1:4566",
        "http://127.0.0.1:4566",
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


async def test_the_relay_says_when_cognito_is_away() -> None:
    """503 with a body that the pages can read; a path that is no public document is not there."""
    relay = Relay("http://127.0.0.1:9")  # the discard port: nothing listens
    away = await relay.call({"x-amz-target": f"{TARGET}InitiateAuth"}, b"{}")
    odd = await relay.read("../_ministack/reset")
    large = await relay.call({"x-amz-target": f"{TARGET}SignUp"}, b"x" * 70_000)
    await relay.close()

    assert [away.status, odd.status, large.status] == [503, 404, 413]
    assert b"ServiceUnavailableException" in away.body
