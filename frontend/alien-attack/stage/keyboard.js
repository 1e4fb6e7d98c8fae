// Keys that are held. They are the game's only while its canvas has the focus; what was held is let go on blur.

/** keys: {left, right, fire, pause, mute}: lists of KeyboardEvent.code. */
export class Keyboard {
  #held = new Set();
  #tapped = new Set(); // pressed since the last read, perhaps not held any more
  #ending = new AbortController();

  /** on: {pause, mute}, called once per press; canvas: what has to be focused. */
  constructor(canvas, keys, on) {
    Object.assign(this, { canvas, keys, on });
    const { signal } = this.#ending;
    addEventListener('keydown', (event) => this.#down(event), { signal });
    addEventListener('keyup', (event) => this.#held.delete(event.code), { signal });
    addEventListener('blur', () => this.#held.clear(), { signal });
    canvas.addEventListener('blur', () => this.#held.clear(), { signal });
  }

  read() {
    const held = (name) => this.keys[name].some((code) => this.#held.has(code) || this.#tapped.has(code));
    const read = { left: held('left'), right: held('right'), fire: held('fire') };
    this.#tapped.clear();
    return read;
  }

  end() {
    this.#ending.abort();
  }

  #down(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    // Nothing focused is nobody else's key either: the game takes the focus, as after a click beside it.
    if (document.activeElement === document.body) this.canvas.focus({ preventScroll: true });
    if (document.activeElement !== this.canvas) return;
    const name = Object.keys(this.keys).find((one) => this.keys[one].includes(event.code));
    if (!name) return;
    event.preventDefault();
    this.#held.add(event.code);
    this.#tapped.add(event.code);
    if (!event.repeat) this.on[name]?.();
  }
}
