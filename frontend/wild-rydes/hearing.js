// Being told of the fleet: a function reads the stream and pushes what it reads through the lab's WebSocket API.
import { AwsError } from '../lib/aws.js';
import { LiveSocket } from '../lib/socket.js';

const LOOK = 1000; // ms between two looks at who is silent
const DOUBT = 8000; // ms of somebody's silence after which the page asks what the stream says
const EVERY = 5000; // ms between two questions
const PATIENCE = 6000; // ms that an answer may take
const DEAF = 13_000; // ms without any word; the socket asks for one sooner

/**
 * Puts readings into a fleet. That nothing was pushed proves nothing: the function may have stopped. So the page asks,
 * when it has connected and when somebody is silent, and is blind until the answer is there.
 */
export class Hearing {
  #socket;
  #looks = null;
  #asked = null; // ms: the oldest question without an answer
  #lastAsked = 0; // ms
  #isAnswered = false; // since the socket is open
  #error = null;
  #word = 0; // ms: when anything was heard

  constructor({ address, fleet, now = Date.now }) {
    Object.assign(this, { fleet, now });
    this.#socket = new LiveSocket({
      address: async () => address,
      clock: { add: () => { this.#word = this.now(); } },
      on: { open: () => this.#opened(), message: (message) => this.#heard(message), state() {} },
    });
  }

  async start() {
    this.#socket.start();
    this.#looks = setInterval(() => this.#look(), LOOK);
  }

  stop() {
    clearInterval(this.#looks);
    this.#socket.stop();
  }

  /** {kind: "live" | "waiting" | "refused" | "unreachable", error}. */
  link() {
    const { kind, failures } = this.#socket.state;
    if (kind !== 'live') return { kind: failures > 0 ? 'unreachable' : 'waiting' };
    if (this.#error) return { kind: this.#error instanceof AwsError ? 'refused' : 'unreachable', error: this.#error };
    if (this.#isUnanswered() || this.now() - this.#word > DEAF) return { kind: 'unreachable' };
    return { kind: this.#isAnswered ? 'live' : 'waiting' };
  }

  #opened() {
    this.#word = this.now();
    this.#asked = this.#error = null;
    this.#isAnswered = false;
    this.#ask();
  }

  #look() {
    const now = this.now();
    if (now - this.#lastAsked < EVERY) return;
    if (this.#error || this.#isUnanswered() || this.fleet.isSilentSince(now - DOUBT)) this.#ask();
  }

  #isUnanswered() {
    return this.#asked !== null && this.now() - this.#asked > PATIENCE;
  }

  #ask() {
    const now = this.now();
    if (!this.#socket.send({ action: 'fleet', t: now })) return;
    this.#lastAsked = now;
    this.#asked ??= now;
  }

  #heard({ type, readings, answer, error, message }) {
    const now = (this.#word = this.now());
    if (type === 'readings' && Array.isArray(readings)) {
      for (const reading of readings) this.fleet.take(reading, now - (reading?.Age ?? 0));
    }
    if (answer === undefined) return;
    this.#asked = null;
    this.#isAnswered = this.#isAnswered || type === 'readings';
    this.#error = type === 'error' ? failure(error, message) : null;
  }
}

/** What the stream answered the function; where nobody answered it there is no name to show. */
function failure(error, message) {
  return error === 'Unreachable' ? new Error(error) : new AwsError(error, message);
}
