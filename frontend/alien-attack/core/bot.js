// An autopilot: out of a bomb's way first, then to where the nearest alien will be. Decides by the state alone.
import { marchSpeed } from './march.js';
import { ALIEN, FIELD, SHIP, SHOT_SPEED, difficulty, BOMB_SPEED } from './rules.js';
import { front, place } from './world.js';

const NEAR = SHIP.width / 2 + 9; // px beside the ship in which a bomb is a danger
const NEEDS = 26; // ticks to get out of the way

/** The input for the next step. */
export function bot(state) {
  const aim = target(state);
  const goal = refuge(state) ?? aim;
  const apart = goal - state.ship.x;
  return { left: apart < -2, right: apart > 2, fire: Math.abs(aim - state.ship.x) < 9, x: null };
}

/** Where to go from the lowest bomb that is about to hit, or null. */
function refuge({ bombs, ship, level }) {
  const reach = NEEDS * BOMB_SPEED * difficulty(level) + SHIP.height;
  const dangers = bombs.filter((bomb) => Math.abs(bomb.x - ship.x) < NEAR && SHIP.y - bomb.y < reach);
  if (!dangers.length) return null;
  const { x } = dangers.reduce((lowest, one) => (one.y > lowest.y ? one : lowest));
  const right = x <= ship.x;
  const wall = right ? FIELD.width - x < 2 * NEAR : x < 2 * NEAR;
  return x + (right !== wall ? 1 : -1) * (NEAR + 6);
}

/** Where the alien that is soonest reached will be when a shot gets there. */
function target(state) {
  const { fleet, ship } = state;
  const places = front(fleet).map((index) => {
    const { x, y } = place(fleet, index);
    return x + ALIEN.width / 2 + fleet.way * marchSpeed(state) * ((SHIP.y - y - ALIEN.height) / SHOT_SPEED);
  });
  const inside = places.map((x) => (x < FIELD.margin ? 2 * FIELD.margin - x : Math.min(x, FIELD.width - FIELD.margin)));
  return inside.reduce((best, x) => (Math.abs(x - ship.x) < Math.abs(best - ship.x) ? x : best), inside[0] ?? ship.x);
}
