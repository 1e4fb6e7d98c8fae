// A seat in the session: taken, kept while nobody posts, and given back even when the page goes away.
import { ApiError, post, postOnLeaving } from '../../lib/api.js';
import { repeat } from '../../lib/repeat.js';

const KEEP_EVERY = 10_000; // ms; a seat that nothing was heard of for 30 s is free again

/** alive(): whether something else keeps the seat now, a socket or posts. lost(error): it is gone, and there is none again. */
export class Seat {
  #keeping = null;
  #doubted = false; // nothing was heard of us for a while
  #left = null; // the session of a seat that was given back because the page was left

  constructor(account, api, alive, lost) {
    Object.assign(this, { account, api, alive, lost, session: null });
  }

  get taken() { return this.session !== null; }

  /** Throws ApiError with code NoSeatsAvailable, GamerCannotPlay or SessionNotOpen. Taking it twice does no harm. */
  async take(session) {
    await this.#ask(session);
    this.session = session;
    this.#doubted = false;
    this.#keeping ??= repeat(() => this.#keep(), () => KEEP_EVERY);
  }

  /** Gives the seat back; that it could not be told is no reason to stay. */
  async leave() {
    if (!this.forget()) return;
    await post(this.account, this.api, '/v1/deallocate', {}).catch(() => {});
  }

  /** The seat is not ours any more: the session is over, or so is the game. Whether it was. */
  forget() {
    const had = this.taken;
    this.session = null;
    this.#keeping?.end();
    this.#keeping = null;
    return had;
  }

  /** For pagehide: the page may never come back. */
  leaveForGood() {
    this.#left = this.session;
    if (this.forget()) postOnLeaving(this.account, this.api, '/v1/deallocate');
  }

  /** For pageshow: the page came back after all. Whether there was a seat; throws as take() does. */
  async comeBack() {
    const session = this.#left;
    this.#left = null;
    if (session === null) return false;
    await this.take(session);
    return true;
  }

  /** By name: another session that opened while this page slept is not the one that is meant. */
  #ask(session) {
    return post(this.account, this.api, '/v1/allocate', { SessionId: session });
  }

  /** The page was away, and the seat may be free by now, or somebody else's: asks until there is an answer. */
  doubt() {
    this.#doubted = true;
    this.#keeping?.now();
  }

  async #keep() {
    const session = this.session;
    if (!this.taken || (this.alive() && !this.#doubted)) return;
    try {
      await post(this.account, this.api, '/v1/heartbeat', {}).catch((error) => {
        // No seat any more, e.g. after a sleep: ask for it again.
        if (isRefusal(error) && this.session === session) return this.#ask(session);
        throw error;
      });
      this.#doubted = false;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (this.session === session && this.forget()) this.lost(error);
    }
  }
}

function isRefusal(error) {
  return error instanceof ApiError && error.status === 422;
}
