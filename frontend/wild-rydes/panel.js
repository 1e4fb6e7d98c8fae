// Beside the map: the fleet as a table, and the card of the unicorn that was chosen.
import { element, setText } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { state } from './fleet.js';

const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const DEGREES = new Intl.NumberFormat('en', { minimumFractionDigits: 4, maximumFractionDigits: 4 });

export class Panel {
  #rows = new Map();

  constructor(root, onSelect) {
    Object.assign(this, { root, onSelect });
    this.body = root.querySelector('#fleet');
    this.card = root.querySelector('#card');
    root.querySelector('#card-close').addEventListener('click', () => onSelect(null));
  }

  /** Show the fleet; selected: a name or null. */
  show(fleet, now, selected) {
    const unicorns = fleet.all();
    setText(this.root.querySelector('#count'), t(unicorns.length === 1 ? 'fleet.one' : 'fleet.count', { count: unicorns.length }));
    this.root.querySelector('#none').hidden = unicorns.length > 0;
    this.root.querySelector('#table').hidden = unicorns.length === 0;
    this.#keepOnly(new Set(unicorns.map((one) => one.name)));
    unicorns.forEach((unicorn, at) => this.#row(unicorn, at, now, unicorn.name === selected));
    this.#card(selected === null ? undefined : fleet.get(selected), now);
  }

  #keepOnly(names) {
    for (const [name, row] of this.#rows) {
      if (names.has(name)) continue;
      row.remove();
      this.#rows.delete(name);
    }
  }

  #row(unicorn, at, now, chosen) {
    const row = this.#rows.get(unicorn.name) ?? this.#add(unicorn.name);
    if (this.body.children[at] !== row) this.body.insertBefore(row, this.body.children[at] ?? null);
    row.classList.toggle('chosen', chosen);
    row.dataset.state = state(unicorn, now);
    row.querySelector('button').setAttribute('aria-pressed', String(chosen));
    for (const [name, text] of Object.entries(figures(unicorn, now))) {
      const cell = row.querySelector(`[data-key="${name}"]`);
      if (cell) setText(cell, text);
    }
  }

  #add(name) {
    const choose = element('button', { type: 'button', class: 'choose' }, name);
    choose.addEventListener('click', () => this.onSelect(name));
    const row = element('tr', {}, element('th', { scope: 'row' }, choose),
      ...['speed', 'health', 'magic', 'seen'].map((key) => element('td', { class: 'number', 'data-key': key })));
    this.#rows.set(name, row);
    return row;
  }

  #card(unicorn, now) {
    this.card.hidden = !unicorn;
    if (!unicorn) return;
    setText(this.root.querySelector('#card-name'), unicorn.name);
    for (const [name, text] of Object.entries(figures(unicorn, now))) {
      for (const node of this.card.querySelectorAll(`[data-key="${name}"]`)) setText(node, text);
    }
    for (const sign of ['health', 'magic']) {
      const meter = this.card.querySelector(`meter[data-sign="${sign}"]`);
      meter.value = unicorn[sign] ?? 0;
    }
    this.card.dataset.state = state(unicorn, now);
  }
}

/** A unicorn's figures as they are shown. */
export function figures(unicorn, now) {
  const number = (value) => (Number.isFinite(value) ? NUMBER.format(value) : '–');
  return {
    speed: number(unicorn.speed),
    health: number(unicorn.health),
    magic: number(unicorn.magic),
    seen: seen(Math.max(0, now - unicorn.seen)),
    position: `${DEGREES.format(Math.abs(unicorn.latitude))}° ${unicorn.latitude < 0 ? 'S' : 'N'}, ${DEGREES.format(Math.abs(unicorn.longitude))}° ${unicorn.longitude < 0 ? 'W' : 'E'}`,
  };
}

function seen(age) {
  return age < 2000 ? t('fleet.now') : t('fleet.ago', { seconds: Math.floor(age / 1000) });
}
