// The game on a canvas, as sharp as the screen: its points are the screen's own, up to two for each of the page's.
import { ALIEN, COLUMNS, FIELD, SHIP } from '../core/rules.js';
import { place } from '../core/world.js';
import { Effects } from './effects.js';
import { drawGround, drawSky } from './sky.js';
import { sprites } from './sprites.js';

const SHARPEST = 2;
const DOT = 2; // px of the field per dot of a figure
const BLINK = 12; // ticks that the ship is seen or not after a hit: 2.5 times a second

/** Draws a game's state; it reads it and changes nothing. */
export class Renderer {
  #scale = 0;
  #pictures = null;

  /** calm: no drifting, sparks or shaking. */
  constructor(canvas, { calm = false } = {}) {
    this.canvas = canvas;
    this.pen = canvas.getContext('2d');
    this.calm = calm;
    this.effects = new Effects(calm);
    this.observer = new ResizeObserver(() => this.#fit());
    this.observer.observe(canvas);
    this.#fit();
  }

  end() {
    this.observer.disconnect();
  }

  draw(state, now) {
    if (!this.#pictures) return;
    const { pen } = this;
    pen.setTransform(this.#scale, 0, 0, this.#scale, 0, 0);
    pen.clearRect(0, 0, FIELD.width, FIELD.height);
    drawSky(pen, this.calm ? 0 : now / 1000);
    pen.translate(this.effects.shift(), 0);
    drawGround(pen);
    this.#drawShots(state.flying);
    this.#drawBombs(state.bombs);
    this.#drawFleet(state);
    this.#drawShip(state);
    this.effects.draw(pen);
  }

  #fit() {
    const { clientWidth: width } = this.canvas;
    if (!width) return;
    const scale = (width / FIELD.width) * Math.min(SHARPEST, devicePixelRatio || 1);
    if (scale === this.#scale) return;
    this.#scale = scale;
    this.canvas.width = Math.round(FIELD.width * scale);
    this.canvas.height = Math.round(FIELD.height * scale);
    this.#pictures = sprites(DOT * scale);
    Object.assign(this.pen, { font: '12px "Press Start 2P", monospace', textAlign: 'center', textBaseline: 'middle', imageSmoothingEnabled: false });
  }

  #drawFleet({ fleet, phase }) {
    if (phase === 'intro') return;
    for (let index = 0; index < fleet.alive.length; index += 1) {
      if (!fleet.alive[index]) continue;
      const { x, y } = place(fleet, index);
      this.#put(this.#pictures.aliens[Math.floor(index / COLUMNS)][fleet.beat % 2], x, y, ALIEN.width, ALIEN.height);
    }
  }

  #drawShip({ ship, phase }) {
    if (phase === 'over' || (ship.safe > 0 && Math.floor(ship.safe / BLINK) % 2)) return;
    this.#put(this.#pictures.ship, ship.x - SHIP.width / 2, SHIP.y, SHIP.width, SHIP.height);
  }

  /** Shots are bars, bombs are triangles: they are told apart without their hues. */
  #drawShots(shots) {
    this.pen.fillStyle = '#f4f6ff';
    for (const { x, y } of shots) this.pen.fillRect(x - 1.5, y - 12, 3, 14);
  }

  #drawBombs(bombs) {
    const { pen } = this;
    pen.fillStyle = '#ff7a3d';
    pen.beginPath();
    for (const { x, y } of bombs) {
      pen.moveTo(x - 6, y - 12);
      pen.lineTo(x + 6, y - 12);
      pen.lineTo(x, y);
      pen.closePath();
    }
    pen.fill();
  }

  #put(picture, x, y, width, height) {
    // On whole points of the screen, or the dots blur.
    const snap = (length) => Math.round(length * this.#scale) / this.#scale;
    this.pen.drawImage(picture, snap(x), snap(y), width, height);
  }
}
