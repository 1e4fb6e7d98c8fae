// When a session's board has changed: the lab's WebSocket API tells whoever watches it at once.
import { LiveSocket, reachable } from '../../lib/socket.js';

const LEAST = 250; // ms from one look to the next: what is painted after each costs more than the asking

/**
 * Calls look() when the board has changed since the last look. A message is a reason to ask and not what is shown: all
 * that a page shows comes from its own calls, one after the other, so nothing old can follow something new.
 * watched(): {live (the address that the lab was told), board (the session's id), token (its code, or a manager's ID
 * token)}, asked before each attempt to connect. clock: a ServerClock.
 */
export class BoardNews {
  #socket;
  #board = null;
  #timer = null;
  #looked = -Infinity;

  constructor(api, { watched, clock, look }) {
    Object.assign(this, { api, watched, look });
    this.#socket = new LiveSocket({
      address: () => this.#address(),
      clock,
      on: { message: (message) => this.#heed(message), open: () => this.#soon(), state() {} },
    });
  }

  /** Listens, or goes on listening. */
  start() {
    this.#socket.start();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#socket.stop();
  }

  /** The page asks now. */
  looked() {
    this.#looked = performance.now();
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #address() {
    const { live, board, token } = await this.watched();
    this.#board = board;
    const address = reachable(live, this.api);
    address.search = new URLSearchParams({ board, token });
    return address;
  }

  #heed({ type, sessionId }) {
    if (type === 'board' && sessionId === this.#board) this.#soon();
  }

  #soon() {
    this.#timer ??= setTimeout(() => this.look(), Math.max(0, this.#looked + LEAST - performance.now()));
  }
}
