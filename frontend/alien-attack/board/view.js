// The board on the screen. Everything that came from the API is set as text, never as markup.
import { element, setText } from '../../lib/dom.js';
import { t } from '../../lib/i18n.js';
import { Field } from './field.js';
import { glide } from './flip.js';
import { LEADERS } from './layout.js';
import { Lobby } from './lobby.js';
import { Moves } from './moves.js';
import { phase } from './phase.js';
import { Podium } from './podium.js';
import { Rows } from './rows.js';
import { clockFigure, emptyText, figures, linkPill, linkText, sessionFacts, sessionPill } from './words.js';

const WITH_SCORES = new Set(['playing', 'countdown', 'closed']);
const EMPTY = new Set(['looking', 'none', 'refused', 'over']);

export class BoardView {
  onSignOut = () => {};
  onChoose = () => {};
  #rows = null; // as last drawn; the same array means that nothing is new
  #moves = new Moves();
  #sessionId = null;

  constructor(root, config, page) {
    this.at = (id) => root.getElementById(id);
    this.leaders = new Rows(this.at('leaders'), 'tr');
    this.field = new Field({ box: this.at('others'), list: this.at('field'), pages: this.at('pages') });
    this.podium = new Podium(this.at('podium'));
    this.lobby = new Lobby(this.at, config, page);
    this.at('sign-out').addEventListener('click', () => this.onSignOut());
    for (const button of this.#viewButtons()) button.addEventListener('click', () => this.onChoose(button.dataset.view));
  }

  hide() {
    for (const id of ['board', 'account', 'banner', 'session', 'link', 'views', 'spotlight']) this.at(id).hidden = true;
    this.#drawRows([], 0);
    this.at('figures').replaceChildren();
    document.body.dataset.phase = 'signin';
  }

  spotlight(on) {
    this.field.spotlight = on;
    this.at('spotlight').setAttribute('aria-pressed', String(on));
  }

  /** state: a feed's, with time (the server's, epoch ms); signed in also nickname and manages. */
  show(state) {
    const kind = phase(state, state.time);
    document.body.dataset.phase = kind;
    this.at('board').hidden = false;
    this.at('account').hidden = !state.nickname;
    setText(this.at('nickname'), state.nickname ?? '');
    this.#showLink(state.link);
    this.#showSession(state);
    this.#showFigures(state, kind);
    this.lobby.show(kind, state);
    this.#showCountdown(state, kind);
    if (kind === 'closed' && this.at('podium').hidden) this.field.restart();
    this.podium.show(kind === 'closed' ? state.rows : null);
    this.#showScores(state, kind);
  }

  #showLink(link) {
    showPill(this.at('link'), linkPill(link));
    this.at('link').hidden = false;
    const text = linkText(link);
    setText(this.at('banner'), text);
    this.at('banner').hidden = !text;
  }

  #showSession({ session, view, manages }) {
    this.at('session').hidden = false;
    showPill(this.at('session-state'), sessionPill(session));
    setText(this.at('session-name'), session?.SessionId ?? '');
    setText(this.at('session-facts'), sessionFacts(session));
    this.at('views').hidden = !manages;
    for (const button of this.#viewButtons()) button.setAttribute('aria-pressed', String(button.dataset.view === view));
  }

  #showFigures({ session, rows, view, time }, kind) {
    const known = view === 'all' && WITH_SCORES.has(kind) ? figures(rows, kind === 'closed') : [];
    const clock = clockFigure(session, time);
    const all = [...known.map((one) => ({ ...one, name: 'count' })), ...(clock ? [{ ...clock, name: 'clock' }] : [])];
    const list = this.at('figures');
    while (list.children.length > all.length) list.lastChild.remove();
    while (list.children.length < all.length) list.append(element('div', {}, element('dt'), element('dd', { class: 'number' })));
    all.forEach(({ value, label, name, soon = false }, index) => {
      const node = list.children[index];
      node.className = `${name}${soon ? ' soon' : ''}`;
      setText(node.firstChild, label);
      setText(node.lastChild, value);
    });
  }

  #showCountdown({ session, time }, kind) {
    const seconds = kind === 'countdown' ? Math.ceil((session.StartAt - time) / 1000) : 0;
    this.at('countdown').hidden = seconds === 0;
    setText(this.at('countdown'), seconds ? String(seconds) : '');
  }

  #showScores({ session, rows, view, nickname }, kind) {
    const now = performance.now(); // turns and moves are this page's own affair, whatever the server's clock does
    const filled = Boolean(WITH_SCORES.has(kind) && rows?.length);
    this.at('scores').hidden = !filled;
    this.at('empty').hidden = !EMPTY.has(kind);
    this.at('spotlight').hidden = !filled || rows.length <= LEADERS;
    if (session?.SessionId !== this.#sessionId) this.#moves.forget();
    this.#sessionId = session?.SessionId;
    if (filled && rows !== this.#rows && view === 'all') this.#moves.note(rows, now);
    if (filled) setText(this.at('caption'), t(`board.caption.${view}`, { session: session.SessionId }));
    if (EMPTY.has(kind)) this.#showEmpty(kind);
    const ranked = filled ? rows.map((row, index) => this.#ranked(row, index, nickname, now)) : [];
    this.#drawRows(ranked, now, filled && rows !== this.#rows);
    this.#rows = rows;
  }

  #ranked(row, index, nickname, now) {
    return { ...row, rank: index + 1, own: row.Nickname === nickname, moved: this.#moves.of(row.Nickname, now) };
  }

  #drawRows(ranked, now, news = false) {
    const draw = () => {
      this.leaders.show(ranked.slice(0, LEADERS));
      this.field.show(ranked.slice(LEADERS), now);
    };
    if (news) glide([this.leaders, this.field.rows], draw);
    else draw();
  }

  #showEmpty(kind) {
    const [title, text] = emptyText(kind);
    setText(this.at('empty-title'), title);
    setText(this.at('empty-text'), text);
  }

  #viewButtons() {
    return this.at('views').querySelectorAll('button');
  }
}

function showPill(node, { text, look }) {
  setText(node, text);
  node.className = `pill ${look}`.trim();
}
