"""Which answer an S3 website endpoint gives to a path: an object, a redirect, or an error with its document.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/CustomErrorDocSupport.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from services.site.objects import Object, Snapshot

MOVED = 301
_ERROR_CONDITION = "HttpErrorCodeReturnedEquals"


@dataclass(frozen=True)
class Found:
    """An object. status: 200, or 404 when the object is the error document."""

    object: Object
    status: int = HTTPStatus.OK


@dataclass(frozen=True)
class Redirect:
    """Location as the header has it."""

    location: str
    status: int


@dataclass(frozen=True)
class Missing:
    """Neither the object nor an error document. document: the error document's key, where one is configured."""

    key: str
    document: str = ""


Outcome = Found | Redirect | Missing


def resolve(snapshot: Snapshot, path: str, host: str, scheme: str = "http") -> Outcome:
    """path: of the address, decoded, with its leading slash; host, scheme: as the visitor addressed the site."""
    asked = path.removeprefix("/")
    if elsewhere := snapshot.website.get("RedirectAllRequestsTo"):
        return Redirect(f"{elsewhere.get('Protocol', scheme)}://{elsewhere['HostName']}/{quote(asked)}", MOVED)
    key = asked + snapshot.index if asked.endswith("/") or not asked else asked
    for rule in _rules(snapshot):
        if _ERROR_CONDITION not in rule.get("Condition", {}) and _fits(rule, key):
            return _ruled(rule, key, host, scheme)
    found = snapshot.objects.get(key)
    if found is None:
        return _absent(snapshot, asked, key, host, scheme)
    return Redirect(found.redirect, MOVED) if found.redirect else Found(found)


def _absent(snapshot: Snapshot, asked: str, key: str, host: str, scheme: str) -> Outcome:
    if asked == key and snapshot.index and f"{key}/{snapshot.index}" in snapshot.objects:
        return Redirect(f"/{quote(key)}/", HTTPStatus.FOUND)
    for rule in _rules(snapshot):
        if rule.get("Condition", {}).get(_ERROR_CONDITION) == "404" and _fits(rule, key):
            return _ruled(rule, key, host, scheme)
    document = snapshot.objects.get(snapshot.error)
    return Found(document, HTTPStatus.NOT_FOUND) if document else Missing(key, snapshot.error)


def _rules(snapshot: Snapshot) -> Iterator[Mapping[str, Any]]:
    yield from snapshot.website.get("RoutingRules", ())


def _fits(rule: Mapping[str, Any], key: str) -> bool:
    return key.startswith(rule.get("Condition", {}).get("KeyPrefixEquals", ""))


def _ruled(rule: Mapping[str, Any], key: str, host: str, scheme: str) -> Redirect:
    to = rule["Redirect"]
    if "ReplaceKeyWith" in to:
        key = to["ReplaceKeyWith"]
    elif "ReplaceKeyPrefixWith" in to:
        key = to["ReplaceKeyPrefixWith"] + key.removeprefix(rule.get("Condition", {}).get("KeyPrefixEquals", ""))
    address = f"{to.get('Protocol', scheme)}://{to.get('HostName', host)}/{quote(key)}"
    return Redirect(address, int(to.get("HttpRedirectCode", MOVED)))
