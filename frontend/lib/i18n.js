// The pages' words. Keys are looked up in i18n/<language>.json; {name} in a text is filled from vars.
// ?lang=es, or the browser's languages, choose; ?lang=qps shows English with accents and 40 % longer, for tests.
import { json } from './json.js';

const LANGUAGES = ['en', 'es'];
const PSEUDO = 'qps';
const KEY = 'fogbank.language';

/** en, es or qps. */
export const language = choose();
const read = language === PSEUDO ? 'en' : language;
const texts = await json(new URL(`../i18n/${read}.json`, import.meta.url));
const plurals = new Intl.PluralRules(read);
const numbers = new Intl.NumberFormat(read, { useGrouping: 'always' });

document.documentElement.lang = read;

/** The text of a key. An unknown key shows itself, which a test looks for. */
export function t(key, vars = {}) {
  const text = texts[key] ?? key;
  return (language === PSEUDO ? stretched(text) : text).replace(/\{(\w+)\}/g, (whole, name) => vars[name] ?? whole);
}

/** one or other: the end of the key of a text about count things, as in t(`seats.${plural(2)}`). */
export function plural(count) {
  return plurals.select(count) === 'one' ? 'one' : 'other';
}

/** A whole number with the language's separators. */
export function number(value) {
  return numbers.format(value);
}

/** Shows the page again in another language, and from now on in this browser. */
export function speak(name) {
  localStorage.setItem(KEY, name);
  const address = new URL(location.href);
  address.searchParams.delete('lang');
  location.replace(address);
}

/** Fills every element that names its text in data-t, and names those that have a data-t-label. */
export function translatePage(root = document) {
  for (const node of root.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', t(node.dataset.tLabel));
}

function choose() {
  const asked = new URLSearchParams(location.search).get('lang');
  if ([...LANGUAGES, PSEUDO].includes(asked)) return asked;
  const wanted = [localStorage.getItem(KEY), ...navigator.languages].map((one) => one?.split('-')[0]);
  return wanted.find((one) => LANGUAGES.includes(one)) ?? 'en';
}

function stretched(text) {
  const accented = text.replace(/\{\w+\}|[aeiouncy]/g, (found) => (found.length > 1 ? found : 'áéíóúñçý'['aeiouncy'.indexOf(found)]));
  return `⟦${accented}${' ~~~'.repeat(Math.ceil(text.length / 10))}⟧`;
}
