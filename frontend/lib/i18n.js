// The pages' words. Keys are looked up in i18n/en.json; {name} in a text is filled from vars.

const texts = await (await fetch(new URL('../i18n/en.json', import.meta.url))).json();

/** The text of a key. An unknown key shows itself, which a test looks for. */
export function t(key, vars = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => vars[name] ?? whole);
}

/** Fills every element that names its text in data-t, and names those that have a data-t-label. */
export function translatePage(root = document) {
  for (const node of root.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', t(node.dataset.tLabel));
}
