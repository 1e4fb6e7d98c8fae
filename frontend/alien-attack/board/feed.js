// What the board knows: the session, its scores, and how well it hears of both. Asks at the published cadences.
import { SignedOut } from '../../lib/account.js';
import { get } from '../../lib/api.js';
import { condition, failed, heard, NEW_LINK } from '../../lib/link.js';
import { repeat } from '../../lib/repeat.js';

const SESSION_EVERY = 1000; // ms; the gateway answers most of these from its cache
const SCORES_EVERY = { top: 2000, all: 1500 };
const SCORES = { top: ['/v1/scoreboard', 'Scoreboard'], all: ['/v1/manager/gamers', 'Gamers'] };

/** view: "top" or "all". changed() is called after each answer or failure, signedOut() when the sign-in is over. */
export class Feed {
  #view;
  #session; // undefined: not heard of yet; null: there is none
  #rows = null;
  #links = { session: NEW_LINK, scores: NEW_LINK };
  #polls = null;

  constructor(account, api, view, { changed, signedOut, now = Date.now }) {
    Object.assign(this, { account, api, changed, signedOut, now });
    this.#view = view;
  }

  start() {
    this.#polls = {
      session: repeat(() => this.#ask('session', () => this.#readSession()), () => SESSION_EVERY),
      scores: repeat(() => this.#ask('scores', () => this.#readScores()), () => SCORES_EVERY[this.#view]),
    };
  }

  stop() {
    this.#polls.session.end();
    this.#polls.scores.end();
    this.#polls = null;
  }

  /** Which scores to ask for from now on. */
  choose(view) {
    if (view === this.#view) return;
    this.#view = view;
    this.#forgetScores();
    this.changed();
  }

  /** {view, session, rows, link}: everything that the page shows, at this time. */
  state(now, online) {
    const links = this.#session ? Object.values(this.#links) : [this.#links.session];
    return { view: this.#view, session: this.#session, rows: this.#rows, link: condition(links, now, online) };
  }

  async #ask(name, read) {
    try {
      await read();
    } catch (error) {
      if (!this.#polls) return;
      if (error instanceof SignedOut) {
        this.signedOut();
        return;
      }
      this.#links[name] = failed(this.#links[name], error);
      this.changed();
      throw error; // so that the next try comes later
    }
    if (!this.#polls) return;
    this.#links[name] = heard(this.now());
    this.changed();
  }

  async #readSession() {
    // API Gateway's template quotes the parameter's text, so the answer is a string that holds JSON.
    const session = JSON.parse(await get(this.account, this.api, '/v1/session'));
    const another = session?.SessionId !== this.#session?.SessionId;
    this.#session = session;
    if (another) this.#forgetScores();
  }

  #forgetScores() {
    this.#rows = null;
    this.#links.scores = NEW_LINK;
    this.#polls?.scores.now();
  }

  async #readScores() {
    const [view, id] = [this.#view, this.#session?.SessionId];
    if (!id) return;
    const [path, name] = SCORES[view];
    const { [name]: rows } = await get(this.account, this.api, path, { sessionId: id });
    if (view === this.#view && id === this.#session?.SessionId) this.#rows = rows;
  }
}
