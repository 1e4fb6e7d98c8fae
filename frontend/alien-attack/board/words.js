// What the board says about what it knows. Pure: state in, words out.
import { t } from '../../lib/i18n.js';

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
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

/** One line about the session; rows: all its gamers, where they are known. */
export function sessionFacts(session, rows) {
  if (!session) return '';
  const facts = [
    t(`session.type.${session.GameType}`, { minutes: session.TimeoutInMinutes }),
    t('session.seats', { count: session.TotalSeats }),
    t('session.opened', { time: clock(session.OpeningTime) }),
  ];
  if (session.ClosingTime) facts.push(t('session.ended', { time: clock(session.ClosingTime) }));
  if (rows) facts.unshift(t('board.count', { count: rows.length }));
  return facts.join(' · ');
}

/** [title, text] for a board without rows. */
export function emptyText(session, rows) {
  const kind = session === null ? 'none' : session && rows ? 'rows' : 'looking';
  return [t(`empty.${kind}.title`), t(`empty.${kind}.text`)];
}

function clock(time) {
  return TIME.format(new Date(time));
}
