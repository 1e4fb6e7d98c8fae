// What is behind the game: stars in three depths that drift, and the ground with its glow.
import { FIELD, GROUND } from '../core/rules.js';

const STARS = Array.from({ length: 90 }, (_, index) => ({
  // Spread without clumps, and the same each time: steps of the golden section and of another irrational number.
  x: ((index * 0.618034) % 1) * FIELD.width, y: ((index * 0.754878) % 1) * FIELD.height, depth: index % 3,
}));
const SPEED = [4, 9, 18]; // px per second
const LIGHTS = ['#5d6a99', '#8c9ac9', '#d6defa'];

/** seconds: of drifting; 0 for stars that stand still. */
export function drawSky(pen, seconds) {
  for (const { x, y, depth } of STARS) {
    const size = depth === 2 ? 1.6 : 1;
    pen.fillStyle = LIGHTS[depth];
    pen.fillRect(x, (y + seconds * SPEED[depth]) % FIELD.height, size, size);
  }
}

/** The horizon that must not be reached. */
export function drawGround(pen) {
  const glow = pen.createLinearGradient(0, GROUND, 0, FIELD.height);
  glow.addColorStop(0, '#00b58a88');
  glow.addColorStop(1, '#00b58a00');
  pen.fillStyle = glow;
  pen.fillRect(0, GROUND + 2, FIELD.width, FIELD.height - GROUND);
  pen.fillStyle = '#00b58a';
  pen.fillRect(0, GROUND + 2, FIELD.width, 2);
}
