// The panels beside the session: the way in, who is here, and the sessions before.
import { element, setText } from '../../lib/dom.js';
import { language, number, t } from '../../lib/i18n.js';
import { joining, leadsHere } from '../../lib/join.js';
import { stopwatch } from '../board/phase.js';

const MOST_NAMES = 60;
const WHEN = new Intl.DateTimeFormat(language === 'es' ? 'es' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** The board's address for the projector; null without its code. */
export function boardAddress(session, code) {
  return session && code ? new URL(`../board/?${new URLSearchParams({ session: session.SessionId, code })}`, location.href).href : null;
}

/** How the room comes in: shown once, it does not change. */
export function showJoining(at, config, page) {
  const { address, shown, code } = joining(config, page);
  const link = at('join-link');
  link.href = address;
  setText(link, shown);
  at('join-code').alt = t('board.code', { address: shown });
  at('join-code').src = code;
  setText(at('join-note'), t(leadsHere(address) ? 'manager.join.room' : 'manager.join.here'));
  at('copy').addEventListener('click', async () => {
    setText(at('copy'), t((await copied(address, link)) ? 'manager.copied' : 'manager.selected'));
  });
}

export function showProjector(at, address) {
  const link = at('board-link');
  link.hidden = address === null;
  if (address !== null && link.href !== address) link.href = address;
  setText(at('board-note'), t(address === null ? 'manager.projector.none' : 'manager.projector.about'));
}

export class Seats {
  #names = '';

  constructor(at) {
    this.at = at;
  }

  show({ OccupiedSeats: taken, TotalSeats: total, Playing: names }) {
    setText(this.at('seats-count'), total ? t('wall.seats', { taken: number(taken), total: number(total) }) : t('session.none'));
    this.at('seats-meter').max = Math.max(total, 1);
    this.at('seats-meter').value = taken;
    const shown = names.slice(0, MOST_NAMES);
    if (names.length > MOST_NAMES) shown.push(t('wall.more', { count: number(names.length - MOST_NAMES) }));
    const wanted = JSON.stringify(shown);
    if (wanted === this.#names) return;
    this.#names = wanted;
    this.at('seats-names').replaceChildren(...shown.map((name) => element('li', {}, element('bdi', {}, name))));
  }
}

export class History {
  #shown = '';

  constructor(at) {
    this.at = at;
  }

  /** sessions: newest first, those that are closed. */
  show(sessions) {
    const wanted = JSON.stringify(sessions);
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    this.at('history').replaceChildren(...sessions.map(row));
    this.at('history-box').hidden = sessions.length === 0;
    this.at('history-empty').hidden = sessions.length > 0;
  }
}

function row(session) {
  const lasted = Date.parse(session.ClosingTime) - Date.parse(session.OpeningTime);
  const board = boardAddress(session, session.BoardCode);
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, element('bdi', {}, session.SessionId)),
    element('td', {}, t(`manager.type.${session.GameType}`)),
    element('td', {}, WHEN.format(new Date(session.OpeningTime))),
    element('td', { class: 'number' }, stopwatch(lasted)),
    element('td', { class: 'number' }, number(session.Gamers)),
    element('td', {}, ...(board ? [element('a', { href: board, target: 'fogbank-board', rel: 'noopener' }, t('manager.board.short'))] : [])),
  );
}

/** The clipboard is there in a secure context only; elsewhere the address is selected, for the user to copy. */
async function copied(text, node) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(node);
    return false;
  }
}
