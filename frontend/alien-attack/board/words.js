// What the board says about what it knows. Pure: state in, words out.
import { language, number, plural, t } from '../../lib/i18n.js';
import { stopwatch, timing } from './phase.js';
import { finished } from './rows.js';

const TIME = new Intl.DateTimeFormat(language === 'es' ? 'es' : 'en-GB', { hour: '2-digit', minute: '2-digit' });
const TROUBLES = new Set(['offline', 'unreachable', 'error', 'stale']);

/** {text, look} of the pill that says whether the board is live. */
export function linkPill({ kind }) {
  if (TROUBLES.has(kind)) return { text: t('link.trouble'), look: 'trouble' };
  return kind === 'live' ? { text: t('link.live'), look: 'well' } : { text: t('link.waiting'), look: '' };
}

/** The banner's text, or nothing while all is well. */
export function linkText({ kind, status, age }) {
  if (!TROUBLES.has(kind)) return '';
  const text = t(`link.${kind}`, { status });
  // Tens of seconds: the banner is read aloud whenever it changes.
  return age >= 10_000 ? `${text} ${t('link.age', { seconds: Math.floor(age / 10_000) * 10 })}` : text;
}

/** {text, look} of the session's state; undefined: not heard of yet, null: none. */
export function sessionPill(session) {
  if (session === undefined) return { text: t('session.looking'), look: '' };
  if (session === null) return { text: t('session.none'), look: '' };
  return session.ClosingTime ? { text: t('session.closed'), look: '' } : { text: t('session.open'), look: 'well' };
}

/** One line about the session. */
export function sessionFacts(session) {
  if (!session) return '';
  const facts = [
    t(`session.type.${session.GameType}`, { minutes: session.TimeoutInMinutes }),
    t('session.seats', { count: number(session.TotalSeats) }),
    t('session.opened', { time: clock(session.OpeningTime) }),
  ];
  if (session.ClosingTime) facts.push(t('session.ended', { time: clock(session.ClosingTime) }));
  return facts.join(' · ');
}

/** [{value, label}] of the figures at the top; rows: all gamers of the session; over: nobody plays any more. */
export function figures(rows, over) {
  if (!rows?.length) return [];
  const out = rows.filter(finished).length;
  const all = { value: number(rows.length), label: t(`board.gamers.${plural(rows.length)}`) };
  if (over) return [all];
  return [
    all,
    { value: number(rows.length - out), label: t('board.playing') },
    { value: number(out), label: t('board.gone') },
  ];
}

/** {value, label} of the clock at the top; null when nothing runs. */
export function clockFigure(session, time) {
  const found = timing(session, time);
  if (!found) return null;
  return 'left' in found
    ? { value: stopwatch(found.left, Math.ceil), label: t('board.left'), soon: found.left <= 30_000 }
    : { value: stopwatch(found.gone), label: t('board.elapsed'), soon: false };
}

/** [title, text] for a board without rows. */
export function emptyText(kind) {
  const name = { none: 'none', refused: 'refused', over: 'over' }[kind] ?? 'looking';
  return [t(`empty.${name}.title`), t(`empty.${name}.text`)];
}

function clock(time) {
  return TIME.format(new Date(time));
}
