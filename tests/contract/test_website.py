"""From a folder through the bucket to a visitor: bootstrap publishes, the site serves, whatever the emulator does."""

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from bootstrap import commands
from bootstrap.engine import Engine
from bootstrap.kinds import kinds
from bootstrap.resolve import Place
from bootstrap.watch import Watch
from cloud.clients import client
from cloud.wait import until
from labs.declare import load
from tests.contract import emulators
from tests.contract.emulators import Emulator
from tests.machine import slack
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SOON = 60.0  # seconds; other tests may keep this machine busy
BUCKET = "fogbank-pages"


@dataclass
class Website:
    """A folder of pages that bootstrap watches, the emulator that holds the bucket, and the site before it."""

    folder: Path
    emulator: Emulator
    http: httpx.Client

    def text(self, path: str) -> str:
        """What a visitor reads."""
        return self.http.get(path).text

    def shows(self, path: str, text: str) -> None:
        """Wait until a visitor reads this."""
        until(lambda: self.text(path) == text, SOON, what=f"{path} to be {text!r}", interval=0.05)


@pytest.fixture(scope="module")
def website(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """All of it, running."""
    root = tmp_path_factory.mktemp("website")
    folder = root / "frontend"
    (folder / "lab").mkdir(parents=True)
    for name in ("index.html", "error.html", "lab/index.html", "lab/old.js"):
        (folder / name).write_text(name)
    emulator = next(made := _emulator(root))
    before = dict(os.environ)
    os.environ["AWS_ENDPOINT_URL"] = emulator.url
    client.cache_clear()
    stop = threading.Event()
    watch = threading.Thread(target=_watch, args=(root, stop))
    watch.start()
    port = free_port()
    environ = {**os.environ, "FOGBANK_SITE_PORT": str(port)}
    with subprocess.Popen([sys.executable, "-m", "services.site"], cwd=ROOT, env=environ) as process:
        try:
            address = f"http://localhost:{port}"
            until(lambda: urllib.request.urlopen(f"{address}/health").status == 200, SOON, what="the site")
            with httpx.Client(base_url=address, trust_env=False, timeout=30) as http:
                yield Website(folder, emulator, http)
        finally:
            process.terminate()
            stop.set()
            watch.join(20)
            next(made, None)
            os.environ.clear()
            os.environ.update(before)
            client.cache_clear()


def _emulator(root: Path) -> Iterator[Emulator]:
    running = emulators.mended(root / "home").start()
    yield running
    running.stop()
    running.http.close()


def _watch(root: Path, stop: threading.Event) -> None:
    place = Place("us-east-1")
    engine = Engine(kinds(root, place, lambda _: ""), place, stop)
    console = Console(quiet=True)
    watch = Watch(
        lambda: ["website"],
        engine,
        lambda lab: commands.apply(lab, engine, console),
        lambda _: None,
        root / "ready",
    )
    watch.run(stop)


def test_what_the_folder_holds_is_published_and_served(website: Website) -> None:
    """Objects carry type and cache header; index, error document, redirect and routing rule are the bucket's."""
    page = website.http.get("/lab/")
    assert (page.status_code, page.text, page.headers["cache-control"]) == (200, "lab/index.html", "no-cache")
    assert client("s3").head_object(Bucket=BUCKET, Key="lab/old.js")["ContentType"] == "text/javascript; charset=utf-8"
    assert website.http.get("/lab").headers["location"] == "/lab/"
    assert (website.http.get("/no").status_code, website.text("/no")) == (404, "error.html")
    assert website.http.get("/game/x").headers["location"].endswith("/alien-attack/x")
    assert client("s3").get_bucket_website(Bucket=BUCKET)["IndexDocument"] == {"Suffix": "index.html"}


def test_an_edit_shows_on_the_next_reload(website: Website) -> None:
    """A file that is written, added or removed is published at once; only what changed is put again."""
    before = client("s3").head_object(Bucket=BUCKET, Key="error.html")["LastModified"]
    website.text("/lab/")  # so that what is measured is an edit, not a start
    began = time.monotonic()
    (website.folder / "lab" / "index.html").write_text("edited")
    website.shows("/lab/", "edited")
    took = time.monotonic() - began
    (website.folder / "lab" / "new.js").write_text("added")
    website.shows("/lab/new.js", "added")
    (website.folder / "lab" / "old.js").unlink()
    website.shows("/lab/old.js", "error.html")

    assert took < 2.5 * slack()  # one second on a quiet machine
    assert client("s3").head_object(Bucket=BUCKET, Key="error.html")["LastModified"] == before


def test_an_object_put_by_hand_is_served_with_its_own_headers(website: Website) -> None:
    """Cache-Control, metadata and x-amz-website-redirect-location come from the object."""
    put: dict[str, Any] = {"Bucket": BUCKET, "ContentType": "text/plain"}
    client("s3").put_object(Key="hand.txt", Body=b"by hand", CacheControl="max-age=9", Metadata={"by": "me"}, **put)
    client("s3").put_object(Key="moved.txt", Body=b"", WebsiteRedirectLocation="/hand.txt", **put)
    website.shows("/hand.txt", "by hand")

    given = website.http.get("/hand.txt").headers
    assert (given["cache-control"], given["x-amz-meta-by"], given["content-type"]) == ("max-age=9", "me", "text/plain")
    moved = website.http.get("/moved.txt")
    assert (moved.status_code, moved.headers["location"]) == (301, "/hand.txt")


def test_the_plan_says_what_differs(website: Website) -> None:
    """A lab whose bucket holds something else than the folder is to be changed; by name, what."""
    client("s3").put_object(Bucket=BUCKET, Key="index.html", Body=b"something else")
    place = Place("us-east-1")
    kind = kinds(website.folder.parent, place, lambda _: "")
    engine = Engine(kind, place, threading.Event())
    steps = {step.resource.logical_id: step for step in engine.plan(load("website"))}

    assert steps["Pages"].action == "keep"
    assert "not as in frontend/: index.html" in steps["Content"].notes
    engine.apply(load("website"), lambda _: None)
    website.shows("/", "index.html")


def test_the_site_tells_whether_the_boxes_are_well(website: Website) -> None:
    """/status.json asks each box's /health; here the emulator answers for all of them. Versions stand beside."""
    status: dict[str, Any] = {}

    def well() -> bool:
        status.update(website.http.get("/status.json").json())
        return all(box["well"] and box["missing"] == [] for box in status["boxes"])

    until(well, SOON, what="all boxes to answer in time")  # the emulator has been busy with starting
    assert [box["name"] for box in status["boxes"]] == ["gateway", "worker", "emulator", "identity"]
    assert status["versions"]["MiniStack"]


def test_pages_outlive_the_emulator_and_its_state(website: Website) -> None:
    """Stopped: the pages are served and /health says what is missing. Back and emptied: all is published again."""
    website.text("/lab/new.js")
    website.emulator.stop()
    until(lambda: website.http.get("/health").status_code == 503, SOON, what="/health to notice")
    assert website.text("/lab/new.js") == "added"
    assert "S3" in website.http.get("/health").json()["missing"][0]
    assert [box["missing"] for box in website.http.get("/status.json").json()["boxes"]] == [["does not answer"]] * 4

    website.emulator.start()
    website.emulator.http.post("/_ministack/reset").raise_for_status()
    assert website.text("/lab/new.js") == "added"
    until(lambda: website.http.get("/health").status_code == 200, SOON, what="the pages to be published again")
    assert website.text("/lab/new.js") == "added"
