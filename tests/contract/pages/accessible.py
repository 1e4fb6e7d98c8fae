"""What every page owes to people who do not look at it, or do not use a mouse: checked in the page itself."""

from typing import Any

from playwright.sync_api import Page

_LOOK = """() => {
  const seen = (node) => node.checkVisibility({ visibilityProperty: true });
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const named = (node) => (node.getAttribute('aria-label') ?? node.textContent).trim()
    || [...node.querySelectorAll('img')].some((image) => image.alt)
    || document.getElementById(node.getAttribute('aria-labelledby'))?.textContent.trim();
  const levels = all('h1, h2, h3, h4').map((node) => Number(node.tagName[1]));
  const faults = [];
  const fault = (what, nodes) => nodes.forEach((node) => faults.push(`${what}: ${node.outerHTML.slice(0, 120)}`));
  if (all('main').length !== 1) faults.push('not one main landmark');
  if (levels.filter((level) => level === 1).length !== 1) faults.push('not one first heading');
  const skips = levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1);
  if (skips.length) faults.push(`headings skip a level: ${levels}`);
  fault('no label', all('input, select, textarea').filter((node) => !node.labels?.length && !node.ariaLabel));
  fault('no name', all('button, a[href]').filter((node) => !named(node)));
  fault('no alt', all('img').filter((node) => !node.hasAttribute('alt')));
  fault('no caption', all('table').filter((node) => !node.caption && !node.closest('[aria-labelledby]')));
  fault('no scope', all('th').filter((node) => !node.scope));
  const touched = innerWidth > 640 ? [] : all('button, input:not([type=radio], [type=checkbox])');
  fault('too small to touch', touched.filter((node) => node.getBoundingClientRect().height < 36));
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  ids.filter((id, index) => ids.indexOf(id) !== index).forEach((id) => faults.push(`id twice: ${id}`));
  if (!document.documentElement.lang) faults.push('no language');
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`wider than the screen: ${wide}`);
  return faults;
}"""
_CONTRAST = """() => {
  const style = getComputedStyle(document.documentElement);
  const light = (hex) => {
    const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const of = (name) => light(style.getPropertyValue(name).trim());
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const texts = ['--text', '--muted', '--blue', '--orange', '--green', '--yellow', '--vermilion', '--pink'];
  const grounds = ['--bg', '--surface', '--surface-2'];
  return texts.flatMap((text) => grounds.map((ground) => [`${text} on ${ground}`, ratio(of(text), of(ground))]));
}"""


def faults(page: Page) -> list[str]:
    """What a page lacks: landmarks, headings, labels, names, captions, unique ids; none for a page that is well."""
    found: list[str] = page.evaluate(_LOOK)
    return found


def contrasts(page: Page) -> dict[str, float]:
    """Each of the pages' text colours on each of their grounds -> contrast ratio, as WCAG 2 computes it."""
    found: Any = page.evaluate(_CONTRAST)
    return dict(found)
