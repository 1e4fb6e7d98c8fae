// The game as its users see it: create, step, hash, and what is posted of it.
import { moveBombs, moveShots, land } from './hits.js';
import { dropBombs, march } from './march.js';
import { CLEARED, INTRO } from './rules.js';
import { fire, steer } from './ship.js';
import { newFleet } from './world.js';

export { bot } from './bot.js';
export { hash } from './hash.js';
export { create } from './world.js';

export const IDLE = Object.freeze({ left: false, right: false, fire: false, x: null });

/** One tick: the state is moved on, and its events say what happened. */
export function step(state, input = IDLE) {
  state.events = [];
  if (state.phase === 'over') return;
  state.tick += 1;
  steer(state, input);
  if (state.phase === 'intro') return intro(state);
  fire(state, input);
  moveShots(state);
  if (state.fleet.left === 0) return clear(state);
  march(state);
  dropBombs(state);
  moveBombs(state);
  if (state.phase !== 'over') land(state);
}

/** What a post says of the game; whole numbers, all of them. */
export function status({ score, lives, shots, level }) {
  return { Lives: lives, Score: score, Shots: shots, Level: level };
}

function intro(state) {
  state.wait -= 1;
  if (state.wait === 0) state.phase = 'play';
}

function clear(state) {
  state.score += CLEARED * state.level;
  state.level += 1;
  state.phase = 'intro';
  state.wait = INTRO;
  Object.assign(state, { flying: [], bombs: [] });
  newFleet(state);
  state.events.push({ type: 'clear', level: state.level });
}
