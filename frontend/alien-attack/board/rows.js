// Rows of gamers that stay the same elements while they move, so that only what changed is drawn again.
import { element, setText } from '../../lib/dom.js';
import { t } from '../../lib/i18n.js';

const NUMBERS = ['Score', 'Lives', 'Shots', 'Level'];

/** Keeps a parent's children equal to the rows it is shown. tag: "tr" in a table's body, "li" in a list. */
export class Rows {
  #byNickname = new Map();

  constructor(parent, tag) {
    this.parent = parent;
    this.make = tag === 'tr' ? tableRow : listItem;
  }

  /** rows: {rank, own, Nickname, Score, Lives, Shots, Level, [Finished]}, best first. */
  show(rows) {
    const kept = this.#byNickname;
    this.#byNickname = new Map(rows.map((row) => [row.Nickname, kept.get(row.Nickname) ?? this.make(row)]));
    rows.forEach((row, index) => {
      const node = this.#byNickname.get(row.Nickname);
      fill(node, row);
      if (this.parent.children[index] !== node) this.parent.insertBefore(node, this.parent.children[index] ?? null);
    });
    while (this.parent.children.length > rows.length) this.parent.lastChild.remove();
  }
}

function tableRow(row) {
  return element(
    'tr',
    {},
    element('td', { class: 'number rank' }),
    element('th', { scope: 'row' }, name(row)),
    ...NUMBERS.map((key) => element('td', { class: 'number', 'data-key': key })),
  );
}

function listItem(row) {
  return element(
    'li',
    {},
    element('span', { class: 'number rank' }),
    name(row),
    element('span', { class: 'number', 'data-key': 'Score' }),
  );
}

/** A nickname may be written from right to left, or hold anything at all: bdi keeps it to itself. */
function name(row) {
  return element(
    'span',
    { class: 'name' },
    element('bdi', { class: 'nickname', title: row.Nickname }, row.Nickname),
    element('span', { class: 'mark you' }, t('board.you')),
    element('span', { class: 'mark out' }, t('board.out')),
  );
}

function fill(node, row) {
  setText(node.querySelector('.rank'), String(row.rank));
  for (const cell of node.querySelectorAll('[data-key]')) setText(cell, row[cell.dataset.key].toLocaleString('en'));
  node.classList.toggle('own', row.own);
  node.classList.toggle('finished', row.Lives === 0 || row.Finished === true);
  node.dataset.rank = row.rank;
}
