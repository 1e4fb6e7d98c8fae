// What is told to whoever watches a session's board, as soon as it has changed: by the lab's WebSocket API.

/**
 * told(message) is called for each board, {gamers, total, …}, and with null when the socket has opened: what was missed
 * until then has to be asked for. watched(): {live (the API's address, as the lab tells it), board (the session's id),
 * token (its code, or a manager's ID token)}, asked before each attempt to connect. clock: a ServerClock.
 */
export class BoardNews {
  #wanted = false;
  #socket = null;
  #loading = null;
  #board = null;

  constructor(api, { watched, clock, told }) {
    Object.assign(this, { api, watched, clock, told });
  }

  /** Listens, or goes on listening. */
  start() {
    this.#wanted = true;
    if (this.#socket) this.#socket.start();
    else this.#loading ??= this.#load().catch(() => { this.#loading = null; }); // the next start tries again
  }

  stop() {
    this.#wanted = false;
    this.#socket?.stop();
  }

  /** Not with the page: it is there before it has anything to listen to. */
  async #load() {
    const { LiveSocket, reachable } = await import('../../lib/socket.js');
    this.#socket = new LiveSocket({
      address: async () => this.#address(reachable, await this.watched()),
      clock: this.clock,
      on: { message: (message) => this.#heed(message), open: () => this.told(null), state() {} },
    });
    if (this.#wanted) this.#socket.start();
  }

  #address(reachable, { live, board, token }) {
    this.#board = board;
    const address = reachable(live, this.api);
    address.search = new URLSearchParams({ board, token });
    return address;
  }

  #heed(message) {
    if (message.type === 'board' && message.sessionId === this.#board) this.told(message);
  }
}

/**
 * Calls look() soon, however often that is wished for: least to most ms after the last look began, four times as long as
 * that took until it was painted. So a machine that is busy, often with painting, has most of its time for the rest.
 */
export class Looks {
  #timer = null;
  #began = -Infinity;
  #took = 0; // ms
  #looking = false;
  #wished = false; // since the last look began

  constructor(look, { least, most }) {
    Object.assign(this, { look, least, most });
  }

  soon() {
    this.#wished = true;
    if (this.#looking) return; // when that is painted it is known how long it took
    const pause = Math.min(Math.max(4 * this.#took, this.least), this.most);
    this.#timer ??= setTimeout(() => this.look(), Math.max(0, this.#began + pause - performance.now()));
  }

  /** A look begins. */
  looked() {
    this.stop();
    this.#began = performance.now();
    this.#looking = true;
  }

  /** What was seen is in the page, and is painted with the next frame. */
  shown() {
    requestAnimationFrame(() => setTimeout(() => {
      this.#took = performance.now() - this.#began;
      this.#looking = false;
      if (this.#wished) this.soon();
    }));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#wished = false;
  }
}
