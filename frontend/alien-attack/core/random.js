// Chance that can be repeated: mulberry32, whose whole state is one 32-bit number in the game's state.

/** A number from 0 to below 1; moves state.rng on. */
export function random(state) {
  state.rng = (state.rng + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state.rng ^ (state.rng >>> 15), state.rng | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}
