"""A web page open on this machine cannot drive the stack: every box refuses a foreign Origin and a foreign Host."""

import http.client

import pytest

from tests.e2e.boxes import PORTS, Stack

pytestmark = pytest.mark.stack
OURS = ["SITE", "GATEWAY", "WORKER", "EMULATOR", "IDENTITY"]


def status(port: int, headers: dict[str, str], method: str = "GET") -> int:
    """What a box answers to GET /health with these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(method, "/health", skip_host=True)
        for name, value in ({"Host": f"localhost:{port}"} | headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each box of the target."""
    local = metafunc.config.getoption("--target") == "local"
    metafunc.parametrize("box", OURS if local else [*OURS, "MINISTACK"])


def test_a_foreign_page_is_refused(stack: Stack, box: str) -> None:
    """403 to the Origin of a page from elsewhere, to that of a file, and to a preflight."""
    port = int(PORTS[f"FOGBANK_{box}_PORT"])
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}

    assert status(port, {"Origin": "https://evil.example"}) == 403
    assert status(port, {"Origin": "http://localhost.evil.example"}) == 403
    assert status(port, {"Origin": "null"}) == 403
    assert status(port, preflight, "OPTIONS") == 403


def test_a_foreign_name_for_this_machine_is_refused(stack: Stack, box: str) -> None:
    """403 when a page's own name was pointed at 127.0.0.1; this machine's own names are let in.

    LocalStack takes any Host; there only the Origin, which browsers send with all but plain reads, tells.
    """
    port = int(PORTS[f"FOGBANK_{box}_PORT"])
    foreign_host_is_let_in = stack.target == "docker" and box == "EMULATOR"

    assert (status(port, {"Host": f"evil.example:{port}"}) != 403) == foreign_host_is_let_in
    assert status(port, {"Host": f"localhost:{port}"}) != 403
