"""What a page may weigh: bytes of what its first load brings, unpacked, by kind."""

import re
from typing import Any

from playwright.sync_api import Page

LIBRARIES, SCRIPTS, STYLES, FONTS, DATA = "libraries", "scripts", "styles", "fonts", "data"
LIMITS = {LIBRARIES: 35_000, SCRIPTS: 60_000, STYLES: 25_000, FONTS: 105_000, DATA: 320_000}
KINDS = {
    LIBRARIES: r"/vendor/.*\.js$",
    SCRIPTS: r"^(?!.*/vendor/).*\.js$",
    STYLES: r"\.css$",
    FONTS: r"\.woff2$",
    DATA: r"/data/.*\.json$",
}
_LOADED = """() => {
  const { loadEventStart: loaded, decodedBodySize: own } = performance.getEntriesByType('navigation')[0];
  const files = performance.getEntriesByType('resource').map((one) => ({
    url: one.name.split('?')[0],
    unpacked: one.decodedBodySize,
    packed: one.encodedBodySize,
    first: one.startTime < loaded,
  }));
  return [{ url: 'page', unpacked: own, packed: own, first: true }, ...files];
}"""


def loaded(page: Page, address: str) -> list[dict[str, Any]]:
    """{url, unpacked, packed (bytes), first: asked for before the load event} of all that a page brings."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    files: list[dict[str, Any]] = page.evaluate(_LOADED)
    return files


def over(files: list[dict[str, Any]], total: int) -> dict[str, int]:
    """Which budgets the first load breaks, and by what; each of a page's files counts."""
    first = [one for one in files if one["first"]]
    weights = {kind: _weight(first, pattern) for kind, pattern in KINDS.items()}
    broken = {kind: weight for kind, weight in weights.items() if weight > LIMITS[kind]}
    whole = sum(one["unpacked"] for one in first)
    return broken if whole <= total else {**broken, "total": whole}


def travelled(files: list[dict[str, Any]], kind: str) -> int:
    """Bytes of a kind as they came over the network, of the first load and after it."""
    return sum(one["packed"] for one in files if re.search(KINDS[kind], one["url"]))


def _weight(files: list[dict[str, Any]], pattern: str) -> int:
    return sum(one["unpacked"] for one in files if re.search(pattern, one["url"]))
