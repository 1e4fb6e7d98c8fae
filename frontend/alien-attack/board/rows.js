// A place on the board is an element for good: gamers come and go in it as texts. Moving the elements themselves would
// have the browser lay out, and paint, two hundred rows several times a second.
import { element } from '../../lib/dom.js';
import { number, t } from '../../lib/i18n.js';

const NUMBERS = ['Score', 'Lives', 'Shots', 'Level'];

/** Keeps a parent's children equal to the rows it is shown. tag: "tr" in a table's body, "li" in a list. */
export class Rows {
  #places = [];

  constructor(parent, tag) {
    this.parent = parent;
    this.make = tag === 'tr' ? tableRow : listItem;
  }

  /** [{node, nickname}], the first place first. */
  get places() { return this.#places.map(({ node, nickname }) => ({ node, nickname })); }

  /** rows: {rank, own, moved, Nickname, Score, Lives, Shots, Level, [Finished]}, best first. */
  show(rows) {
    const places = this.#places;
    while (places.length > rows.length) places.pop().node.remove();
    while (places.length < rows.length) places.push(new Place(this.make()));
    this.parent.append(...places.filter(({ node }) => !node.parentNode).map(({ node }) => node));
    places.forEach((place, index) => place.show(rows[index]));
  }
}

/** Whether a gamer's game is over. */
export function finished(row) {
  return row.Lives === 0 || row.Finished === true;
}

class Place {
  #shown = {};

  constructor(node) {
    this.node = node;
    const at = (selector) => node.querySelector(selector);
    this.parts = { rank: at('.rank'), name: at('.nickname'), moved: at('.moved'), cells: [...node.querySelectorAll('[data-key]')] };
  }

  get nickname() { return this.#shown.nickname; }

  show(row) {
    const { rank, name, moved, cells } = this.parts;
    this.#change('rank', row.rank, () => { write(rank, String(row.rank)); this.node.dataset.rank = row.rank; });
    this.#change('nickname', row.Nickname, () => { write(name, row.Nickname); name.title = row.Nickname; });
    for (const cell of cells) {
      const { key } = cell.dataset;
      this.#change(key, row[key], () => write(cell, number(row[key])));
    }
    this.#change('own', row.own, () => this.node.classList.toggle('own', row.own));
    this.#change('finished', finished(row), (out) => this.node.classList.toggle('finished', out));
    if (moved) this.#change('moved', row.moved ?? 0, (places) => showMove(moved, places));
  }

  #change(what, value, draw) {
    if (this.#shown[what] === value) return;
    this.#shown[what] = value;
    draw(value);
  }
}

function tableRow() {
  return element(
    'tr',
    {},
    element('td', { class: 'number rank' }, ''),
    element('th', { scope: 'row' }, name(element('span', { class: 'moved' }, ''))),
    ...NUMBERS.map((key) => element('td', { class: 'number', 'data-key': key }, '')),
  );
}

function listItem() {
  return element(
    'li',
    {},
    element('span', { class: 'number rank' }, ''),
    name(),
    element('span', { class: 'number', 'data-key': 'Score' }, ''),
  );
}

/** A nickname may be written from right to left, or hold anything at all: bdi keeps it to itself. */
function name(...more) {
  return element(
    'span',
    { class: 'name' },
    element('bdi', { class: 'nickname' }, ''),
    element('span', { class: 'mark you' }, t('board.you')),
    element('span', { class: 'mark out' }, t('board.out')),
    ...more,
  );
}

/** An element that holds one text, which changes in its place. */
function write(node, text) {
  node.firstChild.data = text;
}

/** The places that a gamer won or lost: a triangle that points there, and how many. */
function showMove(node, places) {
  node.className = `moved ${places > 0 ? 'up' : places < 0 ? 'down' : ''}`.trim();
  write(node, places ? number(Math.abs(places)) : '');
}
