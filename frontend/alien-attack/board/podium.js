// The three best of a session that is over. Steps differ in height, number and stripes, not by colour alone.
import { element } from '../../lib/dom.js';
import { number, t } from '../../lib/i18n.js';

const PLACES = 3;

export class Podium {
  #shown = '';

  constructor(list) {
    this.list = list;
  }

  /** rows: best first; null hides the podium. */
  show(rows) {
    this.list.hidden = rows === null;
    const best = (rows ?? []).slice(0, PLACES);
    const wanted = JSON.stringify(best);
    if (wanted === this.#shown) return; // it must not be drawn, and read aloud, again and again
    this.#shown = wanted;
    this.list.replaceChildren(...best.map(step));
  }
}

function step(row, index) {
  return element(
    'li',
    { class: `step place-${index + 1}` },
    element('bdi', { class: 'nickname', title: row.Nickname }, row.Nickname),
    element('strong', { class: 'number' }, number(row.Score)),
    element('span', { class: 'muted' }, t('board.shots.count', { count: number(row.Shots) })),
    element('span', { class: 'block', 'aria-hidden': 'true' }, String(index + 1)),
  );
}
