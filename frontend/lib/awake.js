// The screen does not go dark while something on it is waited for. Where the browser offers it, which is in a secure
// context: localhost, and not an address of the LAN. A browser takes it back from a hidden tab.

/** One wish: set(true) until set(false). */
export class Awake {
  #wanted = false;
  #lock = null; // a promise of the browser's sentinel

  constructor() {
    document.addEventListener('visibilitychange', () => this.#ask());
  }

  set(wanted) {
    this.#wanted = wanted;
    if (wanted) this.#ask();
    else this.#letGo();
  }

  #ask() {
    if (!this.#wanted || this.#lock || document.hidden || !navigator.wakeLock) return;
    const lock = navigator.wakeLock.request('screen').then((sentinel) => {
      sentinel.addEventListener('release', () => this.#forget(lock));
      return sentinel;
    });
    lock.catch(() => this.#forget(lock)); // e.g. the battery is low
    this.#lock = lock;
  }

  #letGo() {
    this.#lock?.then((sentinel) => sentinel.release(), () => {});
    this.#lock = null;
  }

  #forget(lock) {
    if (this.#lock === lock) this.#lock = null;
  }
}
