// What a session allows, from what GET session tells of it. Pure.

/** Open: there, and not closed. */
export function isOpen(session) {
  return Boolean(session?.OpeningTime) && !session.ClosingTime;
}

/** When all start together, in epoch ms of the server; null: START has not been pressed. */
export function startOf(session) {
  if (!session?.Synchronized) return null;
  if (Number.isFinite(session.StartAt)) return session.StartAt;
  return session.SynchronizeTime ? Date.parse(session.SynchronizeTime) : null;
}

/** Whether one has to wait for the manager's START. */
export function waitsForStart(session) {
  return Boolean(session?.Synchronized) && startOf(session) === null;
}

/** When the session closes by itself, in epoch ms of the server, or null. */
export function deadlineOf(session) {
  if (Number.isFinite(session?.Deadline)) return session.Deadline;
  if (session?.GameType !== 'TIME_CONSTRAINED' || !session.TimeoutInMinutes || waitsForStart(session)) return null;
  return (startOf(session) ?? Date.parse(session.OpeningTime)) + session.TimeoutInMinutes * 60_000;
}

/** Whether a gamer who is out may play once more. */
export function playsAgain(session) {
  return isOpen(session) && session.GameType === 'MULTIPLE_TRIALS';
}

/** The seed of the waves, the same for everyone; a session of many trials has other bombs in each. */
export function seedOf(session, trial) {
  const seed = Number.isInteger(session?.Seed) ? session.Seed : fingerprint(session?.SessionId ?? '');
  return session?.GameType === 'MULTIPLE_TRIALS' ? (seed + trial * 7919) % 2 ** 31 : seed;
}

function fingerprint(text) {
  return [...text].reduce((sum, character) => (Math.imul(sum, 31) + character.codePointAt(0)) >>> 0, 7) % 2 ** 31;
}
