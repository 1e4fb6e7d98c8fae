// What the manager's page knows, asked for again and again; whatever a manager does on one page, all see. The ten best
// are told by the socket, as soon as they have changed.
import { SignedOut } from '../../lib/account.js';
import { ApiError, get } from '../../lib/api.js';
import { ServerClock } from '../../lib/clock.js';
import { condition, failed, heard, NEW_LINK } from '../../lib/link.js';
import { repeat } from '../../lib/repeat.js';
import { BoardNews } from '../board/news.js';
import { fromPush } from '../room/top.js';

const EVERY = { session: 1000, seats: 2000, gamers: 1500, sessions: 15_000 }; // ms
const TRUST = 3000; // ms after the ten best were told in which nobody asks for them
const CLOCK_EVERY = 60_000; // ms
const PATIENCE = 5000; // ms
const NOBODY = { TotalSeats: 0, OccupiedSeats: 0, Playing: [], Finished: [], Connections: 0 };

export class ManagerFeed {
  #session; // undefined: not heard of yet
  #seats = NOBODY;
  #rows = [];
  #sessions = [];
  #links = { session: NEW_LINK, seats: NEW_LINK, gamers: NEW_LINK };
  #polls = null;
  #told = -Infinity; // when the ten best were told last
  #news;

  /** forbidden(): the API does not take this account for a manager's. */
  constructor(account, api, { changed, signedOut, forbidden, now = Date.now }) {
    Object.assign(this, { account, api, changed, signedOut, forbidden, now, clock: new ServerClock(now) });
    this.#news = new BoardNews(api, {
      watched: async () => ({
        live: await get(account, api, '/v1/websocket'),
        board: this.#session?.SessionId,
        token: await account.token(),
      }),
      clock: this.clock,
      told: (message) => { if (message) this.#hear(message); },
    });
  }

  start() {
    const poll = (name, read) => repeat(() => this.#ask(name, read), () => EVERY[name]);
    this.#polls = {
      session: poll('session', () => this.#readSession()),
      seats: poll('seats', () => this.#readSeats()),
      gamers: poll('gamers', () => this.#readGamers()),
      sessions: poll('sessions', () => this.#readSessions()),
      clock: repeat(() => this.clock.measure(() => this.#time(), 3), () => CLOCK_EVERY),
    };
  }

  stop() {
    for (const poll of Object.values(this.#polls ?? {})) poll.end();
    this.#polls = null;
    this.#news.stop();
  }

  /** Something was done: ask for everything at once. */
  hurry() {
    for (const name of ['session', 'seats', 'gamers', 'sessions']) this.#polls?.[name].now();
  }

  /** {session, seats, rows, sessions (newest first), link, time}. */
  state(online) {
    const open = this.#session && !this.#session.ClosingTime;
    const links = open ? Object.values(this.#links) : [this.#links.session];
    const link = condition(links, this.now(), online);
    return { session: this.#session, seats: this.#seats, rows: this.#rows, sessions: this.#sessions, link, time: this.clock.now() };
  }

  async #ask(name, read) {
    try {
      await read();
    } catch (error) {
      if (!this.#polls) return;
      if (error instanceof SignedOut) return this.signedOut();
      if (error instanceof ApiError && error.status === 403) return this.forbidden();
      if (name in this.#links) this.#links[name] = failed(this.#links[name], error);
      this.changed();
      throw error; // so that the next try comes later
    }
    if (!this.#polls) return;
    if (name in this.#links) this.#links[name] = heard(this.now());
    this.changed();
  }

  async #readSession() {
    const session = JSON.parse(await get(this.account, this.api, '/v1/session'));
    const before = this.#session;
    this.#session = session;
    const another = session?.SessionId !== before?.SessionId;
    if (another) [this.#rows, this.#seats, this.#told] = [[], NOBODY, -Infinity];
    if (another || session?.ClosingTime) this.#news.stop();
    if (before !== undefined && (another || session?.ClosingTime !== before?.ClosingTime)) this.#polls?.sessions.now();
    if (another) for (const name of ['gamers', 'seats']) this.#polls?.[name].now();
  }

  async #readSeats() {
    if (!this.#session) return; // there has been none yet: 409
    this.#seats = await get(this.account, this.api, '/v1/manager/seats');
  }

  async #readGamers() {
    const [id, asked] = [this.#session?.SessionId, this.now()];
    if (!id || asked - this.#told < TRUST) return;
    const { Gamers: rows } = await get(this.account, this.api, '/v1/manager/gamers', { sessionId: id });
    if (id !== this.#session?.SessionId || !this.#polls) return;
    if (this.#told < asked) this.#rows = rows; // what was told meanwhile is newer
    if (!this.#session.ClosingTime) this.#news.start(); // not before: only now it is known that this is a manager's page
  }

  #hear({ gamers }) {
    this.#told = this.now();
    this.#rows = fromPush(gamers);
    this.#links.gamers = heard(this.#told);
    this.changed();
  }

  async #readSessions() {
    this.#sessions = (await get(this.account, this.api, '/v1/manager/sessions')).Sessions;
  }

  async #time() {
    const answer = await fetch(`${this.api}/v1/time`, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new ApiError(answer.status);
    return (await answer.json()).now;
  }
}
