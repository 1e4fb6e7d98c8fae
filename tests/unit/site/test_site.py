"""The site: an S3 website endpoint with a CDN's headers, over pages that are held in memory."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloud.errors import ConfigError
from services.site.app import create_app
from services.site.cache import Cache
from services.site.folder import FolderOrigin
from services.site.relay import Relay
from services.site.settings import from_env

WEBSITE: dict[str, Any] = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
PAGE = "<!doctype html><title>A page</title>" + "<p>fog</p>" * 200


class Clock:
    """A second passes with each request, so that each sees the pages as they are."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.hooks = {"request": [self._tick]}

    def __call__(self) -> float:
        return self.seconds

    async def _tick(self, _request: httpx.Request) -> None:
        self.seconds += 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    pages = tmp_path / "pages"
    (pages / "lab").mkdir(parents=True)
    (pages / "index.html").write_text("<title>Home</title>")
    (pages / "error.html").write_text("<title>Not here</title>")
    (pages / "lab" / "index.html").write_text(PAGE)
    for name in ("app.js", "look.css", "text.json", "mark.svg", "face.woff2", "thing.unknown"):
        (pages / "lab" / name).write_text("0123456789")
    (tmp_path / "secret.txt").write_text("not for visitors")
    (pages / "link.txt").symlink_to(tmp_path / "secret.txt")
    return pages


@pytest.fixture
async def site(root: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = from_env({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    clock = Clock()
    cache = Cache(FolderOrigin(root, WEBSITE), clock)
    transport = httpx.ASGITransport(create_app(settings, cache, Relay("http://127.0.0.1:9")))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost:8080", event_hooks=clock.hooks
    ) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/index.html"])
async def test_a_folder_answers_with_its_index_document(site: httpx.AsyncClient, path: str) -> None:
    """IndexDocumentSupport: a request for a folder returns its index document."""
    answer = await site.get(path)

    assert (answer.status_code, answer.text) == (200, "<title>Home</title>")


async def test_a_folder_without_its_slash_is_redirected(site: httpx.AsyncClient) -> None:
    """S3 website endpoints answer 302 Found with the folder's address."""
    answer = await site.get("/lab")

    assert (answer.status_code, answer.headers["location"]) == (302, "/lab/")


@pytest.mark.parametrize("path", ["/nothing", "/lab/nothing/", "/nothing/at/all.js"])
async def test_an_unknown_path_gets_the_error_document(site: httpx.AsyncClient, path: str) -> None:
    """A missing object is a 404 whose body is the website's error document."""
    answer = await site.get(path)

    assert (answer.status_code, answer.text) == (404, "<title>Not here</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/lab/..%2f..%2fsecret.txt", "/..%5csecret.txt", "/link.txt", "/%00"],
)
async def test_no_path_leaves_the_folder(site: httpx.AsyncClient, path: str) -> None:
    """Dots, encoded dots, backslashes and symbolic links do not lead to files beside the pages."""
    answer = await site.get(httpx.URL("http://localhost:8080").copy_with(raw_path=path.encode()))

    assert answer.status_code == 404
    assert "not for visitors" not in answer.text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app.js", "text/javascript; charset=utf-8"),
        ("look.css", "text/css; charset=utf-8"),
        ("text.json", "application/json"),
        ("mark.svg", "image/svg+xml"),
        ("face.woff2", "font/woff2"),
        ("thing.unknown", "application/octet-stream"),
    ],
)
async def test_media_types_do_not_depend_on_the_machine(site: httpx.AsyncClient, name: str, expected: str) -> None:
    """Module scripts run only as text/javascript, and nosniff makes every type binding."""
    answer = await site.get(f"/lab/{name}")

    assert answer.headers["content-type"] == expected
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/lab/app.js", "/config.json", "/nothing", "/lab", "/health"])
async def test_every_answer_carries_the_policy(site: httpx.AsyncClient, path: str) -> None:
    """Pages may load only from the site and speak only to the gateway and Cognito; no inline code anywhere."""
    answer = await site.get(path)

    policy = answer.headers["content-security-policy"]
    assert policy.startswith(
        "default-src 'self'; connect-src 'self' http://127.0.0.1:4566 http://localhost:8000 ws://localhost:8000;"
    )
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_known_etag_is_not_sent_again(site: httpx.AsyncClient) -> None:
    """If-None-Match with the current ETag answers 304 without a body."""
    first = await site.get("/lab/app.js")
    again = await site.get("/lab/app.js", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_a_range_is_served_alone_and_uncompressed(site: httpx.AsyncClient) -> None:
    """Range: bytes=2-4 answers 206 with those three bytes."""
    answer = await site.get("/lab/app.js", headers={"Range": "bytes=2-4"})

    assert (answer.status_code, answer.text) == (206, "234")
    assert "content-encoding" not in answer.headers


async def test_text_is_compressed_for_who_accepts_it(site: httpx.AsyncClient) -> None:
    """Accept-Encoding: gzip compresses a page; without it the page comes as it is."""
    async with site.stream("GET", "/lab/", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    plain = await site.get("/lab/", headers={"Accept-Encoding": "identity"})

    assert gzip.decompress(packed).decode() == PAGE == plain.text
    assert len(packed) < len(PAGE) / 4


@pytest.mark.parametrize("path", ["/lab/app.js", "/config.json"])
async def test_head_answers_without_a_body(site: httpx.AsyncClient, path: str) -> None:
    """HEAD gives GET's headers and nothing else."""
    head, get = await site.head(path), await site.get(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_the_site_is_read_only(site: httpx.AsyncClient, method: str) -> None:
    """A website endpoint allows GET and HEAD only."""
    assert (await site.request(method, "/lab/app.js")).status_code == 405


async def test_the_config_names_every_labs_api(site: httpx.AsyncClient) -> None:
    """config.json holds what the pages cannot know: region, Cognito's address, each API's invoke address."""
    answer = await site.get("/config.json")

    assert json.loads(answer.text) == {
        "region": "us-east-1",
        "site": "http://localhost:8080",
        "cognito": "http://127.0.0.1:4566",
        "endpoints": {"kinesis": "http://127.0.0.1:4566", "sqs": "http://127.0.0.1:4566"},
        "apis": {"alien-attack": "http://localhost:8000/alien-attack/prod"},
        "sockets": {
            "alien-attack-live": "ws://localhost:8000/alien-attack-live/production",
            "wild-rydes-live": "ws://localhost:8000/wild-rydes-live/production",
        },
    }


async def test_health_names_missing_pages(site: httpx.AsyncClient, root: Path) -> None:
    """The site is well while its index and error documents are there."""
    well = await site.get("/health")
    (root / "error.html").unlink()
    ill = await site.get("/health")

    assert (well.status_code, well.json()) == (200, {"status": "ok"})
    assert (ill.status_code, ill.json()) == (503, {"status": "unavailable", "missing": ["page error.html"]})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "https://cognito-idp.us-east-1.amazonaws.com"),
        ({"AWS_REGION": "eu-west-1"}, "https://cognito-idp.eu-west-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL": "http://a:1"}, "http://a:1"),
        ({"AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://b:2/"}, "http://b:2"),
        (
            {
                "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://b:2",
                "FOGBANK_COGNITO_URL": "http://localhost:4567",
            },
            "http://localhost:4567",
        ),
    ],
)
def test_cognito_is_where_a_browser_reaches_it(environ: dict[str, str], expected: str) -> None:
    """FOGBANK_COGNITO_URL, else boto3's own variables, else AWS."""
    assert from_env(environ).cognito == expected


def test_settings_have_the_documented_defaults() -> None:
    """Without a variable the site listens on 127.0.0.1:8080 and points to the gateway on 8000."""
    settings = from_env({})

    assert (settings.bind, settings.port, settings.gateway_port) == ("127.0.0.1", 8080, 8000)


def test_a_port_that_is_no_number_is_named() -> None:
    """A setting that makes no sense is refused at start, by its name."""
    with pytest.raises(ConfigError, match="FOGBANK_SITE_PORT"):
        from_env({"FOGBANK_SITE_PORT": "http"})
