// What a player chose: sound, help and keys. Kept in this browser.
import { signal } from '../vendor/signals.js';

const KEY = 'fogbank.alien-attack.settings';
const USUAL = {
  muted: false, volume: 1, autoFire: false, slow: false,
  keys: { left: ['ArrowLeft', 'KeyA'], right: ['ArrowRight', 'KeyD'], fire: ['Space', 'ArrowUp'], pause: ['KeyP'], mute: ['KeyM'] },
};

/** {muted, volume: 0 to 1, autoFire, slow (practice only), keys: {left, right, fire, pause, mute}: lists of codes}. */
export const settings = signal(kept());

/** Changes some of them. */
export function change(some) {
  settings.value = { ...settings.value, ...some };
  localStorage.setItem(KEY, JSON.stringify(settings.value));
}

/** One key more for something; it does nothing else from now on. */
export function bind(name, code) {
  const keys = Object.entries(settings.value.keys).map(([one, codes]) => [one, codes.filter((other) => other !== code)]);
  const bound = Object.fromEntries(keys);
  bound[name] = [code, ...bound[name]].slice(0, 2);
  change({ keys: bound });
}

export function reset() {
  change(USUAL);
}

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return { ...USUAL, ...found, keys: { ...USUAL.keys, ...found.keys } };
  } catch {
    return USUAL;
  }
}
