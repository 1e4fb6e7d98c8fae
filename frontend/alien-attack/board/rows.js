// Rows of gamers that stay the same elements while they move, so that only what changed is drawn again.
import { element, setText } from '../../lib/dom.js';
import { number, t } from '../../lib/i18n.js';

const NUMBERS = ['Score', 'Lives', 'Shots', 'Level'];

/** Keeps a parent's children equal to the rows it is shown. tag: "tr" in a table's body, "li" in a list. */
export class Rows {
  #byNickname = new Map();

  constructor(parent, tag) {
    this.parent = parent;
    this.make = tag === 'tr' ? tableRow : listItem;
  }

  get nodes() { return [...this.parent.children]; }

  /** rows: {rank, own, moved, Nickname, Score, Lives, Shots, Level, [Finished]}, best first. */
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

/** Whether a gamer's game is over. */
export function finished(row) {
  return row.Lives === 0 || row.Finished === true;
}

function tableRow(row) {
  return element(
    'tr',
    {},
    element('td', { class: 'number rank' }),
    element('th', { scope: 'row' }, name(row, element('span', { class: 'moved' }))),
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
function name(row, ...more) {
  return element(
    'span',
    { class: 'name' },
    element('bdi', { class: 'nickname', title: row.Nickname }, row.Nickname),
    element('span', { class: 'mark you' }, t('board.you')),
    element('span', { class: 'mark out' }, t('board.out')),
    ...more,
  );
}

function fill(node, row) {
  setText(node.querySelector('.rank'), String(row.rank));
  for (const cell of node.querySelectorAll('[data-key]')) setText(cell, number(row[cell.dataset.key]));
  node.classList.toggle('own', row.own);
  node.classList.toggle('finished', finished(row));
  node.dataset.rank = row.rank;
  const moved = node.querySelector('.moved');
  if (moved) showMove(moved, row.moved ?? 0);
}

/** The places that a gamer won or lost: a triangle that points there, and how many. */
function showMove(node, places) {
  node.className = `moved ${places > 0 ? 'up' : places < 0 ? 'down' : ''}`.trim();
  setText(node, places ? number(Math.abs(places)) : '');
}
