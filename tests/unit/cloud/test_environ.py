"""Settings' numbers: what is not set, what is, and what makes no sense."""

import pytest

from cloud.environ import number, port, whole
from cloud.errors import ConfigError


def test_what_is_not_set_is_the_default() -> None:
    """Empty is not set, as Compose hands on what is missing."""
    assert number({}, "X", 1.5) == number({"X": ""}, "X", 1.5) == 1.5
    assert whole({}, "X", 2) == whole({"X": ""}, "X", 2) == 2
    assert (number({"X": "0.25"}, "X", 1), number({"X": "0"}, "X", 1, least=0), whole({"X": "7"}, "X", 1)) == (
        0.25,
        0,
        7,
    )


@pytest.mark.parametrize("text", ["many", "0", "-1", "nan", "inf"])
def test_what_is_no_number_above_nothing_is_named(text: str) -> None:
    """With its variable."""
    with pytest.raises(ConfigError, match=f"X must be a number above 0, not '{text}'"):
        number({"X": text}, "X", 1)
    with pytest.raises(ConfigError, match=f"X must be a whole number from 1 on, not '{text}'"):
        whole({"X": text}, "X", 1)


def test_the_least_is_named() -> None:
    """Where 0 is allowed, less is not."""
    with pytest.raises(ConfigError, match="X must be a number from 0 on, not '-1'"):
        number({"X": "-1"}, "X", 1, least=0)
    with pytest.raises(ConfigError, match="X must be a whole number from 0 on, not '-1'"):
        whole({"X": "-1"}, "X", 1, least=0)


def test_a_port_ends_where_ports_do() -> None:
    """A default is believed: where a box does not know another's, it is 0."""
    assert (port({"X": "65535"}, "X", 1), port({}, "X", 0)) == (65535, 0)
    with pytest.raises(ConfigError, match="X must be a port number, not '65536'"):
        port({"X": "65536"}, "X", 1)
