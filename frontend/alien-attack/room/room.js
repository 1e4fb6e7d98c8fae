// What the page hears of the session: pushed through the socket, or asked for while there is none.
import { signal } from '../../vendor/signals.js';
import { ApiError, get } from '../../lib/api.js';
import { SignedOut } from '../../lib/account.js';
import { ServerClock } from '../../lib/clock.js';
import { NEW_LINK, condition, failed, heard } from '../../lib/link.js';
import { repeat } from '../../lib/repeat.js';
import { LiveSocket, reachable } from '../../lib/socket.js';
import { fromPush, ranks } from './top.js';

const ASK = { session: 1000, top: 2000 }; // ms, the published cadences
const FAREWELL = 10_000; // ms after a last call in which the session counts as closed, whatever else is told
const TRUST = { session: 10_000, top: 6000 }; // ms; while the socket is live what it did not say is asked for this often

/**
 * Signals: session (undefined: not heard of yet), seats {occupied, total, names} or null, top {rows, total, before} or null,
 * link {kind, since}. on.start(message), on.closed(id), on.signedOut(), on.opened(): the socket is open, again perhaps.
 */
export class Room {
  #polls = null;
  #links = { session: NEW_LINK, top: NEW_LINK, posts: NEW_LINK };
  #watching = false; // the ten best are on the screen
  #wasLive = false;
  #judging = null;
  #told = 0; // when the socket last brought them
  #ending = null; // the last call: {id, at}

  constructor(account, api, on) {
    Object.assign(this, { account, api, on, clock: new ServerClock() });
    this.session = signal(undefined);
    this.seats = signal(null);
    this.top = signal(null);
    this.link = signal({ kind: 'connecting' });
    this.socket = new LiveSocket({
      address: () => this.#address(),
      clock: this.clock,
      on: { message: (message) => this.#heed(message), open: () => this.#opened(), state: (state) => this.#hear(state) },
    });
  }

  start() {
    if (this.#polls) return;
    this.#links = { session: NEW_LINK, top: NEW_LINK, posts: NEW_LINK };
    if (transport !== 'poll') this.socket.start();
    this.#polls = {
      session: repeat(() => this.#ask('session', () => this.#askSession()), () => this.#every('session')),
      top: repeat(() => this.#ask('top', () => this.#askTop()), () => this.#every('top')),
    };
    this.#judging = setInterval(() => this.#judge(), 1000);
    if (transport === 'poll') this.#askTime();
  }

  stop() {
    clearInterval(this.#judging);
    this.socket.stop();
    for (const poll of Object.values(this.#polls ?? {})) poll.end();
    this.#polls = null;
    this.session.value = undefined;
    this.seats.value = null;
    this.top.value = null;
  }

  /** Asks for the session now: after the socket was away, START may have been pressed. */
  refresh() {
    this.#polls?.session.now();
  }

  /** Whether the ten best are asked for. */
  watch(watching) {
    this.#watching = watching;
    this.#links.posts = NEW_LINK;
    if (watching) this.#polls?.top.now();
  }

  /** What became of a post: taken, or the error. A refusal is an answer. */
  posted(error = null) {
    const answered = !error || (error instanceof ApiError && error.status < 500);
    this.#links.posts = answered ? heard(Date.now()) : failed(this.#links.posts, error);
    this.#judge();
  }

  /** The server's time, where no socket brings it. */
  #askTime() {
    this.clock.measure(async () => (await (await fetch(`${this.api}/v1/time`)).json()).now).catch(() => {});
  }

  #every(name) {
    return this.socket.live ? TRUST[name] : ASK[name];
  }

  async #address() {
    const address = reachable(await get(this.account, this.api, '/v1/websocket'), this.api);
    address.searchParams.set('token', await this.account.token());
    return address;
  }

  async #ask(name, work) {
    try {
      await work();
      this.#links[name] = heard(Date.now());
    } catch (error) {
      if (error instanceof SignedOut) return this.on.signedOut();
      this.#links[name] = failed(this.#links[name], error);
      throw error;
    } finally {
      this.#judge();
    }
  }

  async #askSession() {
    // The lab's parameter holds JSON text, so the answer is a string that holds JSON.
    this.#learn(JSON.parse(await get(this.account, this.api, '/v1/session')));
  }

  async #askTop() {
    const id = this.session.value?.SessionId;
    if (!this.#watching || !id || (this.socket.live && Date.now() - this.#told < TRUST.top)) return;
    const { Scoreboard: rows } = await get(this.account, this.api, '/v1/scoreboard', { sessionId: id });
    if (id === this.session.value?.SessionId) this.#show(rows, null);
  }

  #learn(told) {
    const session = this.#ended(told);
    if (session?.SessionId !== this.session.value?.SessionId) {
      this.seats.value = null;
      this.top.value = null;
    }
    if (JSON.stringify(session) !== JSON.stringify(this.session.value)) this.session.value = session;
  }

  /** Between the last call and the closing the session is told as open, but nobody plays in it any more. */
  #ended(told) {
    const { id, at } = this.#ending ?? {};
    const ending = told && told.SessionId === id && !told.ClosingTime && Date.now() - at < FAREWELL;
    return ending ? { ...told, ClosingTime: new Date(at).toISOString() } : told;
  }

  #lastCall() {
    this.#ending = { id: this.session.value?.SessionId, at: Date.now() };
    this.#learn(this.session.value);
    this.on.closed();
  }

  #opened() {
    this.refresh();
    this.on.opened();
  }

  /** What the socket does not bring any more is asked for at once. */
  #hear({ kind }) {
    if (kind === 'reconnecting' && this.#wasLive) for (const poll of Object.values(this.#polls ?? {})) poll.now();
    if (kind === 'reconnecting' && !this.clock.synced) this.#askTime();
    this.#wasLive = kind === 'live';
    this.#judge();
  }

  #heed(message) {
    const mine = message.sessionId === undefined || message.sessionId === this.session.value?.SessionId;
    if (message.type === 'session') this.#learn(message.session);
    else if (message.type === 'start' && mine) this.on.start(message);
    else if (message.type === 'closing' && mine) this.#lastCall();
    else if (message.type === 'closed' && mine) this.on.closed();
    else if (message.type === 'seats' && mine) this.seats.value = message;
    else if (message.type === 'board' && mine) {
      this.#told = Date.now();
      this.#show(fromPush(message.gamers), message.total);
    }
  }

  #show(rows, total) {
    const known = this.top.value;
    this.top.value = { rows, total: total ?? known?.total ?? null, before: ranks(known?.rows ?? []) };
  }

  #judge() {
    const { session, top, posts } = this.#links;
    const links = this.#watching ? [session, top, ...(posts.failures ? [posts] : [])] : [session];
    const trusted = this.socket.live ? links.map((link) => ({ ...link, lastHeard: Date.now() })) : links;
    const { kind, status } = condition(trusted, Date.now(), navigator.onLine);
    const known = this.link.value;
    if (known.kind !== kind || known.status !== status) this.link.value = { kind, status, since: Date.now() };
  }
}

/** ?transport=poll never opens a socket, for teaching and for tests. */
const transport = new URLSearchParams(location.search).get('transport');
