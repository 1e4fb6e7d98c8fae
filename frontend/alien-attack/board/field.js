// Everybody after the tenth: as many columns as there is room for, and pages that take turns where there is not enough.
import { setText } from '../../lib/dom.js';
import { number, t } from '../../lib/i18n.js';
import { arrange, LEADERS, slice } from './layout.js';
import { Rows } from './rows.js';

export const TURN = 8000; // ms that a page is shown
const WALL = matchMedia('(min-width: 64rem)'); // below it pages scroll, as phones do

export class Field {
  #spotlight = false;
  #turn = null; // when the page was turned last
  #page = 0;
  #others = [];

  constructor({ box, list, pages }) {
    Object.assign(this, { box, list, pages });
    this.rows = new Rows(list, 'li');
    new ResizeObserver(() => this.#draw()).observe(box);
  }

  get spotlight() { return this.#spotlight; }
  set spotlight(on) {
    this.#spotlight = on;
    this.#page = 0;
    this.#draw();
  }

  /** Back to the first page. */
  restart() {
    this.#page = 0;
    this.#turn = null;
  }

  /** rows: as Rows.show takes them, ranks from 11 on. now: ms of any clock that goes forward. */
  show(rows, now) {
    this.#others = rows;
    this.box.hidden = rows.length === 0;
    this.box.parentElement.classList.toggle('crowd', rows.length > 0);
    this.#turn ??= now;
    if (now - this.#turn >= TURN) {
      this.#page += 1;
      this.#turn = now;
    }
    this.#draw();
  }

  #draw() {
    if (!WALL.matches) {
      this.#place(null);
      this.rows.show(this.#others);
      this.pages.hidden = true;
      return;
    }
    const { clientWidth: width, clientHeight: height } = this.box;
    if (!width || !this.#others.length) {
      this.rows.show(this.#others);
      return;
    }
    const all = this.#arranged(width, height);
    const plan = all.pages > 1 ? this.#arranged(width, height - this.#lineHeight()) : all;
    const [first, end] = slice(plan, this.#page);
    this.#place(plan);
    this.rows.show(this.#others.slice(first, end));
    this.#tell(plan, first, Math.min(end, this.#others.length));
  }

  #arranged(width, height) {
    const [others, spotlight, screen] = [this.#others.length, this.#spotlight, innerHeight];
    return arrange({ width, height, others, spotlight, screen });
  }

  #lineHeight() {
    return 30; // px of the line that says which page this is
  }

  #place(plan) {
    const style = this.list.style;
    style.gridTemplateColumns = plan ? `repeat(${plan.columns}, minmax(0, 1fr))` : '';
    style.gridTemplateRows = plan ? `repeat(${plan.rows}, ${plan.row}px)` : '';
    style.fontSize = plan ? `${plan.font}px` : '';
    this.list.classList.toggle('wall', plan !== null);
  }

  #tell(plan, first, end) {
    this.pages.hidden = plan.pages < 2;
    if (plan.pages < 2) return;
    const [from, to, of] = [first + LEADERS + 1, end + LEADERS, this.#others.length + LEADERS].map(number);
    setText(this.pages, t('board.page', { from, to, of }));
  }
}
