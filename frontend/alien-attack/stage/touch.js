// Fingers: three pads, and the field itself, where the ship follows the finger and fires.
import { FIELD } from '../core/rules.js';

/** pads: the element that holds buttons with data-pad left, right and fire. */
export class Touch {
  #held = new Map(); // pointer -> pad
  #tapped = new Set(); // pads that were pressed since the last read, perhaps not held any more
  #drag = null; // {pointer, x}
  #ending = new AbortController();

  constructor(canvas, pads) {
    const options = { signal: this.#ending.signal };
    this.canvas = canvas;
    pads.addEventListener('pointerdown', (event) => this.#press(event), options);
    pads.addEventListener('contextmenu', (event) => event.preventDefault(), options); // a long press is no menu here
    canvas.addEventListener('pointerdown', (event) => this.#take(event), options);
    canvas.addEventListener('pointermove', (event) => this.#move(event), options);
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, (event) => this.#lift(event), options);
    addEventListener('blur', () => { this.#held.clear(); this.#drag = null; }, options);
  }

  read() {
    const pressed = new Set([...this.#held.values(), ...this.#tapped]);
    this.#tapped.clear();
    const drag = this.#drag;
    return { left: pressed.has('left'), right: pressed.has('right'), fire: pressed.has('fire') || drag !== null, x: drag?.x ?? null };
  }

  end() {
    this.#ending.abort();
  }

  #press(event) {
    const pad = event.target.closest('[data-pad]')?.dataset.pad;
    if (!pad) return;
    event.preventDefault();
    this.#held.set(event.pointerId, pad);
    this.#tapped.add(pad);
  }

  #take(event) {
    if (event.pointerType === 'mouse') return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.#drag = { pointer: event.pointerId, x: this.#across(event) };
  }

  #move(event) {
    if (this.#drag?.pointer === event.pointerId) this.#drag.x = this.#across(event);
  }

  #lift(event) {
    this.#held.delete(event.pointerId);
    if (this.#drag?.pointer === event.pointerId) this.#drag = null;
  }

  #across(event) {
    const { left, width } = this.canvas.getBoundingClientRect();
    return ((event.clientX - left) / width) * FIELD.width;
  }
}
