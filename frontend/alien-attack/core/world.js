// The game's state: plain data, all of it.
import { ALIEN, COLUMNS, FIELD, LIVES, ROWS } from './rules.js';

/**
 * A new game. seed: any whole number.
 * phase is play, intro (a level's begin) or over; wait: ticks of the intro left; fleet.alive: 1 or 0, row by row from the top.
 * shots counts what was fired, flying and bombs are {x, y}; events: what the last step brought, for sound and effects.
 */
export function create(seed) {
  const state = {
    seed, rng: seed >>> 0, tick: 0, phase: 'play', wait: 0,
    level: 1, score: 0, lives: LIVES, shots: 0, kills: 0,
    ship: { x: FIELD.width / 2, safe: 0, reload: 0 },
    fleet: null, flying: [], bombs: [], events: [],
  };
  newFleet(state);
  return state;
}

/** A full fleet for the state's level, a little lower each time. */
export function newFleet(state) {
  const lower = Math.min(state.level - 1, 5) * ALIEN.lower;
  const width = (COLUMNS - 1) * ALIEN.apart + ALIEN.width;
  state.fleet = {
    x: (FIELD.width - width) / 2, y: ALIEN.top + lower, way: state.level % 2 ? 1 : -1,
    alive: new Array(ROWS * COLUMNS).fill(1), left: ROWS * COLUMNS, gone: 0, beat: 0,
  };
}

/** The left upper corner of an alien by its number. */
export function place(fleet, index) {
  return { x: fleet.x + (index % COLUMNS) * ALIEN.apart, y: fleet.y + Math.floor(index / COLUMNS) * ALIEN.below };
}

/** The numbers of the lowest alien of each column that has any. */
export function front(fleet) {
  const lowest = [];
  for (let column = 0; column < COLUMNS; column += 1) {
    for (let row = ROWS - 1; row >= 0; row -= 1) {
      if (fleet.alive[row * COLUMNS + column]) {
        lowest.push(row * COLUMNS + column);
        break;
      }
    }
  }
  return lowest;
}
