// Which of its pictures the board shows. Pure.

/**
 * looking, none, refused: nothing to show; lobby: everybody waits for START; countdown: START was pressed; empty: open
 * without a gamer; playing; closed: the podium. time: the server's, epoch ms.
 */
export function phase({ session, rows, refused = false }, time) {
  if (refused) return 'refused';
  if (session === undefined) return 'looking';
  if (session === null) return 'none';
  if (session.ClosingTime) return rows?.length ? 'closed' : 'over';
  if (session.Synchronized && !session.StartAt && !session.SynchronizeTime) return 'lobby';
  if (session.StartAt && session.StartAt > time) return 'countdown';
  if (rows === null) return 'looking';
  return rows.length ? 'playing' : 'empty';
}

/** ms until the deadline, or since the start where there is none: {left} or {gone}; null when nothing runs. */
export function timing(session, time) {
  if (!session || session.ClosingTime) return null;
  if (session.Synchronized && !session.StartAt && !session.SynchronizeTime) return null; // everybody waits
  if (session.Deadline) return { left: Math.max(0, session.Deadline - time) };
  const start = session.StartAt ?? Date.parse(session.SynchronizeTime ?? session.OpeningTime);
  return { gone: Math.max(0, time - start) };
}

/** 754000 -> "12:34"; hours only where there are some. */
export function stopwatch(ms, round = Math.floor) {
  const seconds = round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
