"""What the gateway is told from outside."""

from services.gateway.settings import from_env


def test_other_gateways_may_call_by_the_address_that_they_are_given() -> None:
    """The name under which replicas reach this one is one of its own: else what they pass on would be refused."""
    assert "10.0.0.7" in from_env({"FOGBANK_GATEWAY_ADDRESS": "http://10.0.0.7:8000"}).hosts
    assert from_env({}).hosts == {"localhost", "127.0.0.1", "::1"}


def test_in_a_container_the_address_is_its_host_name() -> None:
    """Bound to all interfaces, it is known to the others by that name."""
    settings = from_env({"FOGBANK_BIND": "0.0.0.0", "FOGBANK_GATEWAY_PORT": "8100"})

    assert settings.address.endswith(":8100")
    assert settings.address.removeprefix("http://").partition(":")[0].lower() in settings.hosts
