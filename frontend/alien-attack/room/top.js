// The ten best with the own row as it is now: what was posted comes back a moment later. Pure.
import { compare } from '../../lib/rank.js';

const SHOWN = 10;

/** Rows as pushed, [Nickname, Score, Lives, Shots, Level, Finished], as objects. */
export function fromPush(gamers) {
  return gamers.map(([Nickname, Score, Lives, Shots, Level, Finished = false]) => ({ Nickname, Score, Lives, Shots, Level, Finished }));
}

/**
 * Rows to show, best first: {rank, own, pending, move, …row}. rows: the server's; own: {Nickname, Score, …}, or null;
 * before: nickname -> rank of the server's rows before these. pending: the server does not know this score yet.
 * move: places won (above 0) or lost, by the server's own rows only.
 */
export function overlaid(rows, own, before = new Map()) {
  const told = rows.find((row) => row.Nickname === own?.Nickname);
  const others = rows.filter((row) => row !== told);
  const merged = (own ? [...others, { ...told, ...own }] : [...rows]).sort(compare).slice(0, SHOWN);
  const serverRank = ranks(rows);
  return merged.map((row, index) => ({
    ...row,
    rank: index + 1,
    own: row.Nickname === own?.Nickname,
    pending: row.Nickname === own?.Nickname && !(told && told.Score >= own.Score),
    move: before.has(row.Nickname) && serverRank.has(row.Nickname) ? before.get(row.Nickname) - serverRank.get(row.Nickname) : 0,
  }));
}

/** Nickname -> place, from 1. */
export function ranks(rows) {
  return new Map(rows.map(({ Nickname }, index) => [Nickname, index + 1]));
}
