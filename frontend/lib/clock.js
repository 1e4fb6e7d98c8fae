// What the server's clock says, worked out from questions and answers; the fastest answer is the least wrong one.

const KEPT = 8; // samples; older ones go, so that a clock that drifts is followed

/** The server's time. now: this machine's clock in epoch ms. */
export class ServerClock {
  #samples = [];

  constructor(now = Date.now) {
    this.local = now;
  }

  /** One question: when it was sent and answered by this machine's clock, and what the server's said (epoch ms). */
  add({ sent, received, server }) {
    if (![sent, received, server].every(Number.isFinite) || received < sent) return;
    this.#samples = [...this.#samples, { trip: received - sent, offset: server - (sent + received) / 2 }].slice(-KEPT);
  }

  get synced() { return this.#samples.length > 0; }

  /** ms that the server's clock is ahead of this one's; 0 while nothing is known. */
  get offset() {
    if (!this.synced) return 0;
    return this.#samples.reduce((best, one) => (one.trip < best.trip ? one : best)).offset;
  }

  /** Epoch ms by the server's clock. */
  now() { return this.local() + this.offset; }

  /** Asks so many times, one after the other. ask(): the server's epoch ms, as GET time tells it. */
  async measure(ask, count = 5) {
    for (let asked = 0; asked < count; asked += 1) {
      const sent = this.local();
      const server = await ask();
      this.add({ sent, received: this.local(), server });
    }
  }
}
