"""What an S3 website endpoint answers to a path, by its objects and its WebsiteConfiguration."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.site.objects import Object, Snapshot
from services.site.website import Found, Missing, Redirect, resolve

WHEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
INDEX: dict[str, Any] = {"IndexDocument": {"Suffix": "index.html"}}
ERROR: dict[str, Any] = {**INDEX, "ErrorDocument": {"Key": "error.html"}}


def bucket(website: dict[str, Any], *keys: str, **redirects: str) -> Snapshot:
    """A bucket of empty objects; redirects: key -> x-amz-website-redirect-location."""
    made = [Object(key, b"", '"e"', WHEN, "text/html") for key in keys]
    made += [Object(key, b"", '"e"', WHEN, "text/html", redirect=to) for key, to in redirects.items()]
    return Snapshot({one.key: one for one in made}, website)


@pytest.mark.parametrize(
    ("path", "key"), [("/", "index.html"), ("/lab/", "lab/index.html"), ("/lab/a b.js", "lab/a b.js"), ("//", None)]
)
def test_a_slash_at_the_end_asks_for_the_index_document(path: str, key: str | None) -> None:
    """The suffix is added to the key as it is; a path of two slashes is another key than that of one."""
    found = resolve(bucket(INDEX, "index.html", "lab/index.html", "lab/a b.js"), path, "h")

    assert (found.object.key if isinstance(found, Found) else None) == key


def test_an_object_is_preferred_to_the_folder_of_its_name() -> None:
    """ "lab" is an object here, so nothing is redirected to "lab/"; "größe" is a folder only."""
    snapshot = bucket(INDEX, "lab", "lab/index.html", "größe/index.html")

    assert isinstance(resolve(snapshot, "/lab", "h"), Found)
    assert resolve(snapshot, "/größe", "h") == Redirect("/gr%C3%B6%C3%9Fe/", 302)


@pytest.mark.parametrize("to", ["/new.html", "https://example.com/"])
def test_an_object_can_send_its_visitors_on(to: str) -> None:
    """x-amz-website-redirect-location is answered with 301, also for an index document."""
    assert resolve(bucket(INDEX, old=to), "/old", "h") == Redirect(to, 301)
    assert resolve(bucket(INDEX, **{"lab/index.html": to}), "/lab/", "h") == Redirect(to, 301)


@pytest.mark.parametrize(
    ("rule", "path", "location", "status"),
    [
        (
            {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}},
            "/docs/a b",
            "http://h:1/documents/a%20b",
            301,
        ),
        (
            {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyWith": "x.html"}},
            "/docs/",
            "http://h:1/x.html",
            301,
        ),
        (
            {"Redirect": {"HostName": "e.com", "Protocol": "https", "HttpRedirectCode": "307"}},
            "/here",
            "https://e.com/here",
            307,
        ),
        (
            {
                "Condition": {"HttpErrorCodeReturnedEquals": "404"},
                "Redirect": {"HostName": "e.com", "ReplaceKeyPrefixWith": "report-404/"},
            },
            "/nothing",
            "http://e.com/report-404/nothing",
            301,
        ),
    ],
)
def test_routing_rules_redirect(rule: dict[str, Any], path: str, location: str, status: int) -> None:
    """The examples of AWS's page about redirects; 301 where no code is named."""
    snapshot = bucket({**ERROR, "RoutingRules": [rule]}, "here", "docs/index.html", "error.html")

    assert resolve(snapshot, path, "h:1") == Redirect(location, status)


def test_a_rule_for_errors_leaves_what_exists_alone() -> None:
    """HttpErrorCodeReturnedEquals holds only for what is not there, and with a prefix only below it."""
    condition = {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "images/"}
    rule = {"Condition": condition, "Redirect": {"ReplaceKeyWith": "none.png"}}
    snapshot = bucket({**ERROR, "RoutingRules": [rule]}, "images/a.png", "error.html")

    assert isinstance(resolve(snapshot, "/images/a.png", "h"), Found)
    assert resolve(snapshot, "/images/b.png", "h") == Redirect("http://h/none.png", 301)
    assert resolve(snapshot, "/texts/b", "h") == Found(snapshot.objects["error.html"], 404)


def test_all_requests_can_be_sent_elsewhere() -> None:
    """RedirectAllRequestsTo keeps the path and needs no object."""
    website = {"RedirectAllRequestsTo": {"HostName": "e.com", "Protocol": "https"}}

    assert resolve(bucket(website), "/a/b", "h") == Redirect("https://e.com/a/b", 301)


def test_what_is_missing_says_which_documents_were_looked_for() -> None:
    """Without an error document, or when that is missing too, S3's own page has to do."""
    assert resolve(bucket(INDEX), "/x", "h") == Missing("x")
    assert resolve(bucket(ERROR), "/x/", "h") == Missing("x/index.html", "error.html")
