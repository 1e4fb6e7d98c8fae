// What meets what: shots and aliens, bombs and the ship, aliens and the ship or the ground.
import { ALIEN, BOMB_SPEED, COLUMNS, FIELD, GROUND, POINTS, SAFE, SHIP, SHOT_SPEED, difficulty } from './rules.js';
import { front, place } from './world.js';

const SHIP_REACH = SHIP.width / 2 - 2; // the ship's wings are forgiving

/** Moves the shots; each takes the lowest alien that it meets, and what leaves the field is forgotten. */
export function moveShots(state) {
  state.flying = state.flying.filter((shot) => {
    shot.y -= SHOT_SPEED;
    const index = met(state.fleet, shot);
    if (index >= 0) kill(state, index);
    return index < 0 && shot.y > -ALIEN.height;
  });
}

/** Moves the bombs; one that meets the ship costs a life, and all others are gone with it. */
export function moveBombs(state) {
  const speed = BOMB_SPEED * difficulty(state.level);
  for (const bomb of state.bombs) bomb.y += speed;
  state.bombs = state.bombs.filter((bomb) => bomb.y < FIELD.height);
  if (state.ship.safe === 0 && state.bombs.some((bomb) => meetsShip(state.ship, bomb))) lose(state, 1, 'hit');
}

/** Aliens that reach the ground or the ship end the game, however many lives are left. */
export function land(state) {
  const down = front(state.fleet).map((index) => place(state.fleet, index));
  const landed = down.some(({ y }) => y + ALIEN.height >= GROUND);
  const touches = ({ x, y }) => y + ALIEN.height >= SHIP.y && x < state.ship.x + SHIP_REACH && x + ALIEN.width > state.ship.x - SHIP_REACH;
  if (landed || down.some(touches)) lose(state, state.lives, 'landed');
}

function met(fleet, { x, y }) {
  const column = Math.floor((x - fleet.x) / ALIEN.apart);
  if (column < 0 || column >= COLUMNS || x - fleet.x - column * ALIEN.apart > ALIEN.width) return -1;
  const row = Math.floor((y - fleet.y) / ALIEN.below);
  if (row < 0 || y - fleet.y - row * ALIEN.below > ALIEN.height) return -1;
  const index = row * COLUMNS + column;
  return fleet.alive[index] ? index : -1; // below the last row there is none either
}

function kill(state, index) {
  const { x, y } = place(state.fleet, index);
  state.fleet.alive[index] = 0;
  state.fleet.left -= 1;
  state.kills += 1;
  state.score += POINTS;
  state.events.push({ type: 'kill', x: x + ALIEN.width / 2, y: y + ALIEN.height / 2, row: Math.floor(index / COLUMNS) });
}

function meetsShip(ship, bomb) {
  return bomb.y >= SHIP.y + 3 && bomb.y - 12 <= SHIP.y + SHIP.height && Math.abs(bomb.x - ship.x) < SHIP_REACH;
}

function lose(state, lives, type) {
  state.lives -= lives;
  state.bombs = [];
  state.ship.safe = SAFE;
  state.events.push({ type, x: state.ship.x, y: SHIP.y + SHIP.height / 2 });
  if (state.lives > 0) return;
  state.phase = 'over';
  state.flying = [];
  state.events.push({ type: 'over' });
}
