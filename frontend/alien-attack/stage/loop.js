// Sixty steps a second, whatever the screen's own rate.
import { TICKS } from '../core/rules.js';

const STEP = 1000 / TICKS; // ms
const LONGEST = 100; // ms; a tab that slept does not catch up
const NEARLY = 3; // ms; a screen of about 60 Hz gets one step per frame, not now none and now two
const KEPT = 900; // frames that are measured

/** Calls step() and draw(now) in the rhythm of the screen until end(); pause() and resume() in between. */
export class Loop {
  #frame = null;
  #last = null;
  #due = 0;

  /** pace: 1, or less for a slower game. */
  constructor({ step, draw, pace = 1 }) {
    Object.assign(this, { step, draw, pace });
    this.frames = []; // ms between frames
    this.work = []; // ms that a frame's steps and drawing took
  }

  get running() { return this.#frame !== null; }

  resume() {
    if (this.running) return;
    this.#last = null;
    this.#frame = requestAnimationFrame((now) => this.#run(now));
  }

  pause() {
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
  }

  #run(now) {
    const started = performance.now();
    this.#frame = requestAnimationFrame((next) => this.#run(next));
    const passed = this.#last === null ? STEP : now - this.#last;
    if (this.#last !== null) this.#measure(this.frames, passed);
    this.#last = now;
    this.#due += (Math.abs(passed - STEP) < NEARLY ? STEP : Math.min(LONGEST, passed)) * this.pace;
    while (this.#due > STEP - 0.01 && this.running) {
      this.#due -= STEP;
      this.step();
    }
    this.draw(now);
    this.#measure(this.work, performance.now() - started);
  }

  #measure(list, value) {
    list.push(value);
    if (list.length > KEPT) list.shift();
  }
}
