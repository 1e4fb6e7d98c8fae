// The fleet: to the side, down at the walls, faster the fewer are left; and its bombs.
import { random } from './random.js';
import { AIMED, ALIEN, BOMBS, COLUMNS, FIELD, MARCH_SPEED, MARCH_STEP, ROWS, difficulty } from './rules.js';
import { front, place } from './world.js';

const MOST_BOMBS = 14;

/** px per tick. */
export function marchSpeed(state) {
  const lost = 1 - state.fleet.left / (ROWS * COLUMNS);
  return MARCH_SPEED * difficulty(state.level) * (1 + lost + 2.4 * lost * lost);
}

/** One tick of the fleet's way. */
export function march(state) {
  const { fleet } = state;
  const speed = marchSpeed(state);
  const [first, last] = edges(fleet);
  const [left, right] = [fleet.x + first * ALIEN.apart, fleet.x + last * ALIEN.apart + ALIEN.width];
  const ahead = fleet.way > 0 ? FIELD.width - FIELD.margin - right : left - FIELD.margin;
  if (ahead <= speed) {
    fleet.x += fleet.way * Math.max(0, ahead);
    fleet.way = -fleet.way;
    fleet.y += ALIEN.drop;
  } else {
    fleet.x += fleet.way * speed;
  }
  fleet.gone += speed;
  if (fleet.gone >= MARCH_STEP) beat(state);
}

/** Perhaps a bomb, from below the lowest alien of a column. */
export function dropBombs(state) {
  const columns = front(state.fleet);
  const chance = random(state);
  if (chance >= columns.length * BOMBS * difficulty(state.level) || state.bombs.length >= MOST_BOMBS) return;
  const aimed = random(state) < AIMED;
  const any = columns[Math.floor(random(state) * columns.length)];
  const { x, y } = place(state.fleet, aimed ? nearest(state, columns) : any);
  state.bombs.push({ x: x + ALIEN.width / 2, y: y + ALIEN.height });
  state.events.push({ type: 'bomb' });
}

function nearest({ fleet, ship }, columns) {
  const apart = (index) => Math.abs(place(fleet, index).x + ALIEN.width / 2 - ship.x);
  return columns.reduce((best, index) => (apart(index) < apart(best) ? index : best));
}

function beat(state) {
  const { fleet } = state;
  fleet.gone -= MARCH_STEP;
  fleet.beat = (fleet.beat + 1) % 4;
  state.events.push({ type: 'march', beat: fleet.beat });
}

/** The first and the last column that has an alien. */
function edges(fleet) {
  let [first, last] = [COLUMNS, -1];
  for (let index = 0; index < fleet.alive.length; index += 1) {
    if (!fleet.alive[index]) continue;
    first = Math.min(first, index % COLUMNS);
    last = Math.max(last, index % COLUMNS);
  }
  return [first, last];
}
