"""Deadlines of connections, the bucket that counts new ones, and reasons of closes."""

from services.gateway.settings import from_env
from services.gateway.websocket.limits import FRAME_BYTES, MESSAGE_BYTES, Limits, closed


def test_defaults_are_api_gateways() -> None:
    """128 KB, 32 KB, ten minutes, two hours, 500 a second."""
    assert (MESSAGE_BYTES, FRAME_BYTES) == (128 * 1024, 32 * 1024)
    assert from_env({}).websocket == Limits(idle=600, life=7200, connects=500)


def test_limits_are_set_in_seconds() -> None:
    """By three variables."""
    names = ("IDLE_SECONDS", "LIFE_SECONDS", "CONNECTS_PER_SECOND")
    found = from_env({f"FOGBANK_WEBSOCKET_{name}": str(index + 0.5) for index, name in enumerate(names)})

    assert found.websocket == Limits(idle=0.5, life=1.5, connects=2.5)


def test_a_replicas_address_is_where_it_listens() -> None:
    """In a container, which listens everywhere, its host name; or what it is told."""
    assert from_env({"FOGBANK_GATEWAY_PORT": "8100"}).address == "http://127.0.0.1:8100"
    assert from_env({"FOGBANK_GATEWAY_ADDRESS": "http://gw-2:80"}).address == "http://gw-2:80"
    assert "0.0.0.0" not in from_env({"FOGBANK_BIND": "0.0.0.0"}).address


def test_a_connection_ends_when_it_is_idle_or_old() -> None:
    """Whichever comes first: activity moves the one and not the other."""
    limits = Limits(idle=600, life=7200)

    assert limits.deadline(connected=0, active=0) == 600
    assert limits.deadline(connected=0, active=6000) == 6600
    assert limits.deadline(connected=0, active=7000) == 7200


def test_a_close_without_a_reason_gets_aws_words() -> None:
    """A reason that was given stays."""
    assert closed(1005, "") == (1005, "Client-side close frame status not set")
    assert closed(1001, "") == (1001, "Going away")
    assert closed(1000, "bye") == (1000, "bye")
    assert closed(4000, "") == (4000, "")
