// Where the map looks: Web Mercator, in units around headquarters that keep their precision as 32-bit numbers.

export const CLOSEST = 12;
export const FARTHEST = 5.5;
const HQ = [-73.985184, 40.749167]; // longitude, latitude
const WORLD = 4096; // units around the globe
const TILE = 256; // pixels around the globe at zoom 0
const FOLLOWED = 16_000; // metres: the least that a followed fleet shows
const EASE = 0.08; // of what is left, per frame

/** [longitude, latitude] -> [x, y] in units, y to the south. */
export function project([longitude, latitude]) {
  const [x, y] = globe([longitude, latitude]);
  return [(x - ORIGIN[0]) * WORLD, (y - ORIGIN[1]) * WORLD];
}

/** The way back. */
export function unproject([x, y]) {
  const latitude = Math.atan(Math.sinh(Math.PI * (1 - 2 * (y / WORLD + ORIGIN[1])))) * (180 / Math.PI);
  return [(x / WORLD + ORIGIN[0]) * 360 - 180, latitude];
}

function globe([longitude, latitude]) {
  const sine = Math.sin((latitude * Math.PI) / 180);
  return [longitude / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

const ORIGIN = globe(HQ);

/** Units in a metre, at a latitude. */
export function unitsPerMetre(latitude) {
  return WORLD / (40_075_017 * Math.cos((latitude * Math.PI) / 180));
}

export class Camera {
  constructor() {
    Object.assign(this, { x: 0, y: 0, zoom: 8.5, width: 1, height: 1, following: true });
  }

  get scale() { return (TILE * 2 ** this.zoom) / WORLD; } // pixels in a unit

  toScreen([x, y]) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  resize(width, height) {
    Object.assign(this, { width, height });
  }

  pan(dx, dy) {
    this.following = false;
    this.x = clamp(this.x - dx / this.scale, -110, 160);
    this.y = clamp(this.y - dy / this.scale, -170, 90);
  }

  /** Zoom by steps, keeping the place under a point of the screen where it is. */
  zoomBy(steps, [px, py] = [this.width / 2, this.height / 2]) {
    this.following = false;
    const before = this.scale;
    this.zoom = clamp(this.zoom + steps, FARTHEST, CLOSEST);
    const change = 1 / before - 1 / this.scale;
    this.x += (px - this.width / 2) * change;
    this.y += (py - this.height / 2) * change;
  }

  /** One frame closer to where all these points are in sight; at once when nothing may move by itself. Whether it moved. */
  follow(points, atOnce) {
    if (!this.following || points.length === 0) return false;
    const goal = this.#around(points);
    const part = atOnce ? 1 : EASE;
    const moves = ['x', 'y', 'zoom'].map((name) => [name, goal[name] - this[name]]);
    const settled = moves.every(([name, left]) => Math.abs(left) < (name === 'zoom' ? 0.004 : 0.4 / this.scale));
    if (settled) return false;
    for (const [name, left] of moves) this[name] += left * part;
    return true;
  }

  #around(points) {
    const bounds = [0, 1].map((axis) => points.map((point) => point[axis])).map((values) => [Math.min(...values), Math.max(...values)]);
    const [[west, east], [north, south]] = bounds;
    const least = FOLLOWED * unitsPerMetre(HQ[1]);
    const margin = Math.min(this.width, this.height) < 500 ? 0.75 : 0.7;
    const fits = Math.min((this.width * margin) / Math.max(east - west, least), (this.height * margin) / Math.max(south - north, least));
    const zoom = clamp(Math.log2((fits * WORLD) / TILE), FARTHEST, CLOSEST);
    return { x: (west + east) / 2, y: (north + south) / 2, zoom };
  }
}

function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}
