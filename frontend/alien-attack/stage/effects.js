// What flies off when something is hit. It is for the eye only: the game knows nothing of it.
import { hueOf } from './sprites.js';
import { POINTS, SHIP } from '../core/rules.js';

const LIFE = 34; // frames
const MOST = 260; // sparks
const SHAKE = 16; // frames

/** Sparks, points that rise, and a shaken field. calm: none of it, for those who asked for less motion. */
export class Effects {
  #sparks = [];
  #texts = [];
  #shake = 0;

  constructor(calm) {
    this.calm = calm;
  }

  /** Takes in what a step brought. */
  add(events) {
    for (const { type, x, y, row } of events) {
      if (type === 'kill') {
        this.#texts.push({ x, y, left: LIFE, text: `+${POINTS}` });
        this.#burst(x, y, hueOf(row), 12);
      } else if (type === 'hit' || type === 'landed') {
        this.#shake = SHAKE;
        this.#burst(x, y, '#f4f6ff', 34);
        this.#burst(x, y, '#ff7a3d', 26);
      }
    }
  }

  /** How far the field is shifted in this frame. */
  shift() {
    if (this.calm || this.#shake === 0) return 0;
    return Math.sin(this.#shake * 2.1) * this.#shake * 0.35;
  }

  draw(pen) {
    this.#shake = Math.max(0, this.#shake - 1);
    for (const spark of this.#sparks) {
      Object.assign(spark, { x: spark.x + spark.across, y: spark.y + spark.down, down: spark.down + 0.05, left: spark.left - 1 });
      pen.globalAlpha = Math.max(0, spark.left / LIFE);
      pen.fillStyle = spark.hue;
      pen.fillRect(spark.x - 1.5, spark.y - 1.5, 3, 3);
    }
    pen.fillStyle = '#f4f6ff';
    for (const text of this.#texts) {
      text.left -= 1;
      if (!this.calm) text.y -= 0.5;
      pen.globalAlpha = Math.max(0, text.left / LIFE);
      pen.fillText(text.text, text.x, text.y);
    }
    pen.globalAlpha = 1;
    this.#sparks = this.#sparks.filter((spark) => spark.left > 0 && spark.y < SHIP.y + 40).slice(-MOST);
    this.#texts = this.#texts.filter((text) => text.left > 0);
  }

  #burst(x, y, hue, count) {
    if (this.calm) return;
    for (let made = 0; made < count; made += 1) {
      const [way, speed] = [Math.random() * 2 * Math.PI, 0.5 + Math.random() * 2.4];
      const left = LIFE * (0.5 + Math.random() / 2);
      this.#sparks.push({ x, y, hue, left, across: Math.cos(way) * speed, down: Math.sin(way) * speed - 0.5 });
    }
  }
}
