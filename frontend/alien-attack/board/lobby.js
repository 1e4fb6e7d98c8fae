// Before the first shot: how to come in, and who is here already.
import { element, setText } from '../../lib/dom.js';
import { number, t } from '../../lib/i18n.js';
import { joining } from '../../lib/join.js';

const MOST_NAMES = 120; // that fit a wall; the seats say how many there are

export class Lobby {
  #names = '';

  constructor(at, config, page) {
    this.at = at;
    const { shown, code } = joining(config, page);
    setText(at('join-address'), shown);
    at('join-code').addEventListener('error', () => { at('join-code').hidden = true; });
    this.code = code;
    at('join-code').alt = t('board.code', { address: shown });
  }

  /** kind: lobby or empty, else the lobby is hidden. */
  show(kind, { session, rows }) {
    const here = kind === 'lobby' || kind === 'empty';
    this.at('lobby').hidden = !here;
    if (!here) return;
    if (!this.at('join-code').hasAttribute('src')) this.at('join-code').src = this.code; // only when it is looked at
    setText(this.at('lobby-title'), t(`wall.${kind}.title`));
    setText(this.at('lobby-text'), t(`wall.${kind}.text`));
    const seats = { taken: number(rows?.length ?? 0), total: number(session.TotalSeats) };
    setText(this.at('lobby-seats'), t('wall.seats', seats));
    this.#showNames(rows ?? []);
  }

  #showNames(rows) {
    const names = rows.slice(0, MOST_NAMES).map((row) => row.Nickname);
    if (rows.length > MOST_NAMES) names.push(t('wall.more', { count: number(rows.length - MOST_NAMES) }));
    const wanted = JSON.stringify(names);
    if (wanted === this.#names) return;
    this.#names = wanted;
    this.at('lobby-names').replaceChildren(...names.map((name) => element('li', {}, element('bdi', {}, name))));
  }
}
