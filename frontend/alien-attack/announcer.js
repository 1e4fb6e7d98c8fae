// What screen readers are told while playing: the newest news, at most one in three seconds.
import { t } from '../lib/i18n.js';

const APART = 3000; // ms

/** node: an element with aria-live. */
export class Announcer {
  #next = null;
  #quiet = null;

  constructor(node) {
    this.node = node;
    this.say = (key, vars) => this.#say(t(key, vars));
  }

  #say(text) {
    this.#next = text;
    this.#quiet ??= this.#tell();
  }

  #tell() {
    this.node.textContent = this.#next;
    this.#next = null;
    return setTimeout(() => { this.#quiet = this.#next === null ? null : this.#tell(); }, APART);
  }
}
