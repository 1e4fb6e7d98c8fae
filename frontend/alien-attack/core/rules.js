// The rules in figures. Lengths are in px of a field of 480 × 600, times in ticks of 1/60 s, speeds in px per tick.
// No clock, no chance of the machine's own, no browser in this folder: the same seed and inputs give the same game anywhere.

export const TICKS = 60; // per second
export const FIELD = Object.freeze({ width: 480, height: 600, margin: 10 });

export const ROWS = 5;
export const COLUMNS = 10;
export const ALIEN = Object.freeze({ width: 26, height: 20, apart: 36, below: 31, top: 44, lower: 8, drop: 14 });
export const SHIP = Object.freeze({ width: 34, height: 20, y: 548, speed: 4 });
export const GROUND = 568; // what stands on it has landed

export const LIVES = 3;
export const POINTS = 5; // an alien's
export const CLEARED = 50; // times the level
export const RELOAD = 30; // between two shots
export const SAFE = 90; // after a hit
export const INTRO = 90; // before every level but the first

export const SHOT_SPEED = 8;
export const BOMB_SPEED = 2.1;
export const BOMBS = 0.065 / TICKS; // chance per tick that a column's lowest alien drops one
export const AIMED = 0.22; // of the bombs come from the column nearest to the ship, the others from any
export const MARCH_SPEED = 0.5;
export const MARCH_STEP = 9; // px between two beats of the march
const HARDEST = 25;

/** How much harder a level is than the first: a fifth more each, up to a level that nobody survives for long. */
export function difficulty(level) {
  return 1 + 0.2 * (Math.min(level, HARDEST) - 1);
}
