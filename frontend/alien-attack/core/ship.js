// The ship: where it goes and when it fires.
import { FIELD, RELOAD, SHIP } from './rules.js';

const REACH = SHIP.width / 2 + FIELD.margin;

/** input: {left, right, fire} and x, a place to go to (a finger's), or null. One speed for all ways to steer. */
export function steer(state, input) {
  const { ship } = state;
  ship.x = Math.min(FIELD.width - REACH, Math.max(REACH, ship.x + move(ship, input)));
  ship.safe = Math.max(0, ship.safe - 1);
  ship.reload = Math.max(0, ship.reload - 1);
}

/** A shot, where one is wanted and the gun has cooled down. It counts when it is fired. */
export function fire(state, input) {
  const { ship } = state;
  if (!input.fire || ship.reload > 0) return;
  ship.reload = RELOAD;
  state.shots += 1;
  state.flying.push({ x: ship.x, y: SHIP.y });
  state.events.push({ type: 'shoot', x: ship.x, y: SHIP.y });
}

function move(ship, { left, right, x }) {
  if (left !== right) return left ? -SHIP.speed : SHIP.speed;
  if (x === null || x === undefined) return 0;
  return Math.min(SHIP.speed, Math.max(-SHIP.speed, x - ship.x));
}
