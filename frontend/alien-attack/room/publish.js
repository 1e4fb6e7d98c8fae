// Posting how the game stands: every 300 ms, the newest only, and the last one until it is taken.
import { ApiError } from '../../lib/api.js';

const PACES = [300, 600, 1200]; // ms between posts; slower with every failure in a row
const IN_FLIGHT = 2; // posts without an answer; what would be a third is dropped, the next says more
const KEPT = 200; // posts that are remembered for tests
const HEARD = new Set([401, 408, 429]); // refusals that say nothing about the post itself

/**
 * read(): {Lives, Score, Shots, Level}; post(status): a promise; both are called at each post's time.
 * on.refused(error): the API does not want this gamer's posts (422, 403), which is for the caller to look into.
 * on.taken(status): it was answered with a 2xx. random: from 0 to below 1, so that a room does not post in step.
 */
export class Publisher {
  #timer = null;
  #inFlight = 0;
  #failures = 0;
  #last = null; // once the game is over: {resolve, taken, again: whether it is to be posted once more}

  constructor({ read, post, on, random = Math.random }) {
    Object.assign(this, { read, post, on, random });
    this.sent = []; // {at: ms, status}
  }

  /** Posts without an answer. */
  get inFlight() { return this.#inFlight; }

  start() {
    this.#after(this.random() * PACES[0]);
  }

  /** No more posts, not even the last one. */
  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#last?.resolve(false);
    this.#last = null;
  }

  /**
   * Posts what read() tells from now on, until it is taken. Resolves to whether it was; false: the API will not have it.
   * What was posted before and has no answer yet may arrive later, and would stand on the board: then once more.
   */
  finish() {
    clearTimeout(this.#timer);
    return new Promise((resolve) => {
      this.#last = { resolve, taken: false, again: false };
      this.#send();
    });
  }

  #after(pause) {
    this.#timer = setTimeout(() => {
      this.#after(this.#pace());
      if (this.#inFlight < IN_FLIGHT) this.#send();
    }, pause);
  }

  #pace() {
    return PACES[Math.min(this.#failures, PACES.length - 1)];
  }

  async #send() {
    const [status, last, alone] = [this.read(), this.#last, this.#inFlight === 0];
    this.sent = [...this.sent, { at: performance.now(), status }].slice(-KEPT);
    this.#inFlight += 1;
    try {
      await this.post(status);
      this.#failures = 0;
      this.on.taken(status);
      if (last) this.#taken(last, alone);
    } catch (error) {
      this.#failures += 1;
      this.#failed(error, last);
    } finally {
      this.#inFlight -= 1;
      if (this.#last?.again && this.#inFlight === 0) this.#repeat();
    }
  }

  #taken(last, alone) {
    last.taken = true;
    if (alone) last.resolve(true);
    else last.again = true;
  }

  #repeat() {
    this.#last.again = false;
    this.#send();
  }

  /** A refusal is not taken back within a moment: until it is looked into, more posts would only be refused as well. */
  #holdBack(error) {
    this.#failures = PACES.length;
    if (this.#timer !== null && !this.#last) {
      clearTimeout(this.#timer);
      this.#after(this.#pace());
    }
    this.on.refused(error);
  }

  #failed(error, last) {
    const refused = error instanceof ApiError && error.status < 500 && !HEARD.has(error.status);
    if (refused) this.#holdBack(error);
    if (!last || last !== this.#last) return;
    if (refused) last.resolve(last.taken);
    else this.#timer = setTimeout(() => this.#send(), this.#pace());
  }
}
