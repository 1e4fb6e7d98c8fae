// What a board without a sign-in knows: one call brings the session, everybody on it and the server's time. It is asked
// for again and again, and at once when the socket says that scores have changed.
import { ApiError } from '../../lib/api.js';
import { ServerClock } from '../../lib/clock.js';
import { condition, failed, heard, NEW_LINK } from '../../lib/link.js';
import { repeat } from '../../lib/repeat.js';
import { waitsForStart } from '../room/session.js';
import { BoardNews, Looks } from './news.js';

const EVERY = { playing: 500, waiting: 1000, closed: 5000 }; // ms; with the published 1.5 s a score were older than that
const TOLD = { least: 250, most: EVERY.playing }; // ms from one look to the next: what is painted costs more than to ask
const PATIENCE = 5000; // ms

/** The board of one session, by its code. changed() is called after each answer or failure. */
export class ProjectorFeed {
  #session; // undefined: not heard of yet
  #rows = null;
  #refused = false;
  #link = NEW_LINK;
  #poll = null;
  #news;
  #looks;
  #live; // the WebSocket API's address

  constructor(api, { sessionId, code }, { changed, now = Date.now }) {
    Object.assign(this, { changed, now, clock: new ServerClock(now) });
    // A message is a reason to ask, not what is shown: all that is comes from this page's calls, one after the other, so
    // nothing old can follow something new. While calls fail they come less and less often, whatever is told.
    this.#looks = new Looks(() => { if (!this.#link.failures) this.#poll?.now(); }, TOLD);
    this.#news = new BoardNews(api, {
      watched: async () => ({ live: this.#live, board: sessionId, token: code }),
      clock: this.clock,
      told: () => this.#looks.soon(),
    });
    this.address = `${api}/v1/board?${new URLSearchParams({ sessionId, code })}`;
  }

  start() {
    this.#poll = repeat(() => this.#ask(), () => EVERY[this.#stage()]);
  }

  stop() {
    this.#poll?.end();
    this.#news.stop();
    this.#looks.stop();
  }

  /** As Feed.state; refused: the code does not open this board. */
  state(now, online) {
    const link = condition([this.#link], now, online);
    return { view: 'all', session: this.#session, rows: this.#rows, refused: this.#refused, link, time: this.clock.now() };
  }

  /** How much there is to miss. */
  #stage() {
    if (this.#session?.ClosingTime) return 'closed';
    return this.#rows?.length && !waitsForStart(this.#session) ? 'playing' : 'waiting';
  }

  async #ask() {
    this.#looks.looked();
    try {
      await this.#read();
      this.#listen();
      this.#link = heard(this.now());
      this.#refused = false;
    } catch (error) {
      this.#refused = error instanceof ApiError && error.status === 403;
      this.#link = this.#refused ? heard(this.now()) : failed(this.#link, error);
      throw error; // so that the next try comes later
    } finally {
      this.changed();
      this.#looks.shown();
    }
  }

  /** Once it is known where. Nothing more is said of a session that has closed. */
  #listen() {
    if (this.#session.ClosingTime) this.#news.stop();
    else if (this.#live) this.#news.start();
  }

  async #read() {
    const sent = this.now();
    const answer = await fetch(this.address, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new ApiError(answer.status);
    const { Session: session, Gamers: rows, ServerTime: server, Live: live } = await answer.json();
    this.clock.add({ sent, received: this.now(), server });
    this.#session = session;
    this.#rows = rows;
    this.#live = live;
  }
}
