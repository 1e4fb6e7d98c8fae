// A WebSocket that comes back by itself and knows when it is deaf: a network that went away closes nothing.
import { retryAfter } from './repeat.js';

const BEAT = 2500; // ms between two thoughts of a ping
const SILENCE = 7500; // ms in which nothing was heard
const PING_AT_LEAST = 15_000; // ms; a ping says more than that the socket is open: this page is still there
const PATIENCE = 8000; // ms that an answer may take
const PROBE = 3000; // ms that it may take when the browser says that the network went or came, or the page is looked at again
const EARLY = 100; // ms that a timer may come too early
const SETTLED_AFTER = 30_000; // ms of being open after which earlier failures are forgotten
const OPENS_WITHIN = 8000; // ms
const SAMPLES = 5; // questions for the time, right after opening

/**
 * Keeps one socket open until stop().
 * address(): the URL, asked for before each attempt (its token may be another one); a throw counts as a failed attempt.
 * on.message(object): each message but pongs; text that is no JSON is {type: text}, as the bare "start".
 * on.open(): open again; what was missed meanwhile has to be asked for.
 * on.state({kind, failures, retryAt}): kind is connecting, live, reconnecting or stopped; retryAt in epoch ms.
 * clock: a ServerClock that is set by the pongs.
 */
export class LiveSocket {
  #socket = null;
  #timers = new Set();
  #state = { kind: 'stopped', failures: 0, retryAt: null };
  #failures = 0;
  #deaf = null;
  #left = 0;
  #heardAt = 0;
  #askedAt = 0;

  constructor({ address, clock, on }) {
    Object.assign(this, { address, clock, on });
    this.probe = () => { if (this.live) this.#ask(PROBE); };
    this.wake = () => {
      if (document.hidden) return;
      if (this.#state.kind === 'reconnecting') this.#connect();
      else this.probe(); // after a sleep, or in another network, the socket may be dead and say nothing
    };
  }

  get state() { return this.#state; }
  get live() { return this.#state.kind === 'live'; }

  start() {
    if (this.#state.kind !== 'stopped') return;
    addEventListener('online', this.wake);
    addEventListener('offline', this.probe);
    document.addEventListener('visibilitychange', this.wake);
    this.#failures = 0;
    this.#connect();
  }

  stop() {
    removeEventListener('online', this.wake);
    removeEventListener('offline', this.probe);
    document.removeEventListener('visibilitychange', this.wake);
    this.#drop();
    this.#tell('stopped');
  }

  /** Sends an object as JSON; false, and nothing is sent, while the socket is not open. */
  send(message) {
    if (!this.live) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  async #connect() {
    this.#drop();
    this.#tell('connecting');
    const attempt = (this.attempt = {}); // what an overtaken attempt still hears is not for this one
    const current = () => this.attempt === attempt;
    try {
      const address = await this.address();
      if (!current()) return;
      const socket = (this.#socket = new WebSocket(address));
      this.#after(OPENS_WITHIN, () => { if (!this.live) this.#fail(); });
      socket.onopen = () => current() && this.#opened();
      socket.onmessage = (event) => current() && this.#heard(event.data);
      socket.onclose = () => current() && this.#fail();
    } catch {
      if (current()) this.#fail();
    }
  }

  #opened() {
    this.#tell('live');
    this.#after(SETTLED_AFTER, () => { this.#failures = 0; });
    this.#left = SAMPLES - 1;
    this.#ask(PATIENCE);
    this.#beat();
    this.on.open();
  }

  #beat() {
    this.#after(BEAT, () => {
      const now = Date.now();
      if (now - this.#heardAt >= SILENCE - EARLY || now - this.#askedAt >= PING_AT_LEAST - EARLY) this.#ask(PATIENCE);
      this.#beat();
    });
  }

  /** A question for the time; if nothing at all is heard for so long, the socket is deaf. */
  #ask(patience) {
    this.#askedAt = Date.now();
    this.send({ action: 'ping', t: this.#askedAt });
    const due = this.#askedAt + patience;
    if (this.#deaf !== null && this.#deaf.due <= due) return;
    this.#forget(this.#deaf?.timer);
    this.#deaf = { due, timer: this.#after(patience, () => this.#fail()) };
  }

  #heard(data) {
    this.#forget(this.#deaf?.timer);
    this.#deaf = null;
    this.#heardAt = Date.now();
    const message = parsed(data);
    if (message.type !== 'pong') return this.on.message(message);
    this.clock.add({ sent: message.t, received: Date.now(), server: message.now });
    if (this.#left > 0) {
      this.#left -= 1;
      this.#ask(PATIENCE);
    }
  }

  #fail() {
    this.#drop();
    this.#failures += 1;
    const pause = retryAfter(this.#failures);
    this.#after(pause, () => this.#connect());
    this.#tell('reconnecting', Date.now() + pause);
  }

  #drop() {
    this.attempt = null;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#deaf = null;
    this.#socket?.close();
    this.#socket = null;
  }

  #after(pause, work) {
    const timer = setTimeout(() => { this.#timers.delete(timer); work(); }, pause);
    this.#timers.add(timer);
    return timer;
  }

  #forget(timer) {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }

  #tell(kind, retryAt = null) {
    this.#state = { kind, failures: this.#failures, retryAt };
    this.on.state(this.#state);
  }
}

/**
 * The address a lab was told, as it is or as a JSON string, reached through the host on which this page found the lab's REST API. A ws: address is
 * always a local stack's, and may name a host that only its own containers know; a wss: one is reached as it is told.
 */
export function reachable(address, api) {
  const [told, known] = [new URL(address.startsWith('"') ? JSON.parse(address) : address), new URL(api)];
  if (told.protocol !== 'ws:') return told;
  told.protocol = known.protocol === 'https:' ? 'wss:' : 'ws:';
  Object.assign(told, { hostname: known.hostname, port: known.port });
  return told;
}

function parsed(data) {
  try {
    const message = JSON.parse(data);
    return message && typeof message === 'object' ? message : { type: String(message) };
  } catch {
    return { type: String(data).trim() };
  }
}
