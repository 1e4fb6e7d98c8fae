"""A site of the tests' own, and browser profiles that reach nothing but it and what the test answers."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Route, ViewportSize

from cloud.wait import until
from stack.settings import ROOT
from tests.ports import free_port


@contextmanager
def serving(**variables: str) -> Iterator[str]:
    """A site that serves the pages as they lie in the folder; its address. variables: what else it is told."""
    port = free_port()
    pages = {"FOGBANK_SITE_PORT": str(port), "FOGBANK_SITE_FOLDER": str(ROOT / "frontend")}
    environ = {**os.environ, **pages, **variables}
    with subprocess.Popen([sys.executable, "-m", "services.site"], cwd=ROOT, env=environ) as process:
        try:
            address = f"http://localhost:{port}"
            until(lambda: urllib.request.urlopen(f"{address}/health").status == 200, 60, what="the site")
            yield address
        finally:
            process.terminate()


@contextmanager
def profile(
    browser: Browser, site: str, viewport: ViewportSize, answers: Mapping[str, Callable[[Route], None]]
) -> Iterator[BrowserContext]:
    """A fresh profile whose every request is the site's, or is answered; answers: address -> who does it."""
    with browser.new_context(base_url=site, viewport=viewport) as context:
        foreign: list[str] = []

        def refuse(route: Route) -> None:
            foreign.append(route.request.url)
            route.abort()

        context.route("**/*", refuse)
        context.route(f"{site}/**", lambda route: route.continue_())
        for address, answer in answers.items():
            context.route(f"{address}/**", answer)
        yield context
        assert foreign == [], "a page asked for something from elsewhere"
