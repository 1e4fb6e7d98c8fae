"""axe-core's rules for accessible pages, run in a page. https://github.com/dequelabs/axe-core"""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.npm import installed

AXE = Path(__file__).parents[1] / "axe"
GRAVE = {"serious", "critical"}
# What still fades in has the contrast of a moment.
_RUN = """async () => {
  const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < Infinity);
  await Promise.allSettled(ending.map((one) => one.finished));
  const { violations } = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations'],
  });
  return violations.map(({ id, impact, nodes }) => [impact, id, nodes.map((node) => node.html.slice(0, 120))]);
}"""


def broken(page: Page) -> list[Any]:
    """[impact, rule, elements] of each serious or critical violation of WCAG 2.2 A and AA in what the page shows."""
    page.evaluate(_axe())
    found: list[Any] = page.evaluate(_RUN)
    return [one for one in found if one[0] in GRAVE]


@cache
def _axe() -> str:
    return (installed(AXE) / "node_modules/axe-core/axe.min.js").read_text()
