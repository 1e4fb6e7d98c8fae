"""The resource tree: which method serves a path."""

import pytest

from cloud.errors import ConfigError
from services.gateway.routes import Routes, split


def found(routes: list[tuple[str, str]], path: str, verb: str = "GET") -> tuple[str, dict[str, str]] | None:
    tree = Routes((template, method, f"{method} {template}") for template, method in routes)
    return tree.match(split(path), verb)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ("GET /", {})),
        ("/pets", ("GET /pets", {})),
        ("/pets/", ("GET /pets", {})),
        ("/pets/rex", ("GET /pets/{name}", {"name": "rex"})),
        ("/pets/rex/toys/ball/red", ("GET /{proxy+}", {"proxy": "pets/rex/toys/ball/red"})),
        ("/shop", ("GET /{proxy+}", {"proxy": "shop"})),
    ],
)
def test_a_literal_beats_a_parameter_which_beats_a_greedy_one(path: str, expected: object) -> None:
    """API Gateway prefers the more specific resource; one trailing slash does not count."""
    routes = [("/", "GET"), ("/pets", "GET"), ("/pets/{name}", "GET"), ("/{proxy+}", "GET")]

    assert expected == found(routes, path)


def test_a_greedy_sibling_serves_the_verb_that_the_literal_lacks() -> None:
    """Resource and verb must match together."""
    routes = [("/pets", "GET"), ("/{proxy+}", "ANY")]

    assert found(routes, "/pets", "POST") == ("ANY /{proxy+}", {"proxy": "pets"})


def test_a_parameter_does_not_serve_the_verb_that_the_literal_lacks() -> None:
    """Only a greedy sibling may stand in for a literal resource."""
    assert found([("/pets", "GET"), ("/{any}", "POST")], "/pets", "POST") is None


def test_a_greedy_parameter_wants_at_least_one_segment() -> None:
    """/{proxy+} does not serve its own parent."""
    assert found([("/a/{proxy+}", "GET")], "/a") is None


def test_head_is_not_served_by_get() -> None:
    """API Gateway has no implicit HEAD."""
    assert found([("/pets", "GET")], "/pets", "HEAD") is None


def test_any_serves_every_verb_and_an_explicit_verb_wins() -> None:
    """ANY covers DELETE GET HEAD OPTIONS PATCH POST PUT."""
    routes = [("/pets", "GET"), ("/pets", "ANY")]

    assert found(routes, "/pets", "GET") == ("GET /pets", {})
    assert found(routes, "/pets", "DELETE") == ("ANY /pets", {})
    assert found(routes, "/pets", "TRACE") is None


def test_an_empty_segment_is_no_parameter() -> None:
    """/pets//toys has no name for {name}."""
    assert found([("/pets/{name}/toys", "GET")], "/pets//toys") is None


def test_two_names_for_one_segment_are_refused() -> None:
    """API Gateway refuses sibling path parameters, since both would match."""
    with pytest.raises(ConfigError, match="sibling"):
        found([("/pets/{a}", "GET"), ("/pets/{b}/x", "GET")], "/")
