// The board on the screen. Everything that came from the API is set as text, never as markup.
import { setText } from '../../lib/dom.js';
import { t } from '../../lib/i18n.js';
import { Rows } from './rows.js';
import { emptyText, linkPill, linkText, sessionFacts, sessionPill } from './words.js';

const LEADERS = 10;

export class BoardView {
  onSignOut = () => {};
  onChoose = () => {};

  constructor(root) {
    this.at = (id) => root.getElementById(id);
    this.leaders = new Rows(this.at('leaders'), 'tr');
    this.field = new Rows(this.at('field'), 'li');
    this.at('sign-out').addEventListener('click', () => this.onSignOut());
    for (const button of this.#viewButtons()) button.addEventListener('click', () => this.onChoose(button.dataset.view));
  }

  hide() {
    for (const id of ['board', 'account', 'banner']) this.at(id).hidden = true;
    this.leaders.show([]);
    this.field.show([]);
  }

  /** state: what Feed.state() gives, with the signed-in nickname and whether that is a manager. */
  show(state) {
    this.at('board').hidden = false;
    this.at('account').hidden = false;
    setText(this.at('nickname'), state.nickname);
    this.#showLink(state.link);
    this.#showSession(state);
    this.#showScores(state);
  }

  #showLink(link) {
    showPill(this.at('link'), linkPill(link));
    const text = linkText(link);
    setText(this.at('banner'), text);
    this.at('banner').hidden = !text;
  }

  #showSession({ session, rows, view, manages }) {
    showPill(this.at('session-state'), sessionPill(session));
    setText(this.at('session-name'), session?.SessionId ?? '');
    setText(this.at('session-facts'), sessionFacts(session, view === 'all' ? rows : null));
    this.at('views').hidden = !manages;
    for (const button of this.#viewButtons()) button.setAttribute('aria-pressed', String(button.dataset.view === view));
  }

  #showScores({ session, rows, view, nickname }) {
    const filled = Boolean(session && rows?.length);
    this.at('scores').hidden = !filled;
    this.at('empty').hidden = filled;
    const ranked = filled ? rows.map((row, index) => ({ ...row, rank: index + 1, own: row.Nickname === nickname })) : [];
    this.leaders.show(ranked.slice(0, LEADERS));
    this.field.show(ranked.slice(LEADERS));
    this.at('field').hidden = ranked.length <= LEADERS;
    if (filled) setText(this.at('caption'), t(`board.caption.${view}`, { session: session.SessionId }));
    else this.#showEmpty(session, rows);
  }

  #showEmpty(session, rows) {
    const [title, text] = emptyText(session, rows);
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
