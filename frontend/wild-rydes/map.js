// The map on its two canvases, one for the land and one for the fleet, and the hands that move it.
import { drawAtlas, loadAtlas } from './atlas.js';
import { Camera, project, unitsPerMetre, unproject } from './camera.js';
import { drawMarkers, Positions, REACH } from './markers.js';

const SHARPEST = 2; // device pixels in a pixel
const COLOURS = ['sea', 'land', 'shore', 'state', 'county', 'ring', 'dot', 'name', 'bright', 'halo', 'disc', 'unicorn', 'health', 'magic', 'trail', 'selected', 'text'];
const STEP = 80; // pixels that an arrow key pans
const BARS = [200, 100, 50, 20, 10, 5, 2, 1]; // km that the scale's bar may stand for

export class FleetMap {
  #atlas = null;
  #drawn = '';
  #positions = new Positions();
  #places = new Map();
  #fingers = new Map();
  #moved = 0;

  /** box: the element that holds both canvases. onSelect(name or null), onFollow(bool). */
  constructor(box, { words, onSelect, onFollow, now = Date.now }) {
    Object.assign(this, { box, words, onSelect, onFollow, now, camera: new Camera(), fleet: null, selected: null });
    [this.land, this.air] = [...box.querySelectorAll('canvas')].map((canvas) => canvas.getContext('2d'));
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
    new ResizeObserver(() => this.#resize()).observe(box);
    this.#listen();
  }

  async start(fleet) {
    this.fleet = fleet;
    this.look = readLook(this.box);
    [this.#atlas] = await Promise.all([loadAtlas(), document.fonts.ready]);
    this.#resize();
    const frame = () => {
      this.draw();
      requestAnimationFrame(frame);
    };
    frame();
  }

  follow(yes) {
    this.camera.following = yes;
    this.onFollow(yes);
  }

  zoom(steps, at) {
    this.camera.zoomBy(steps, at);
    this.onFollow(false);
  }

  /** Draw what has changed: the land only when the camera has moved. */
  draw() {
    if (!this.#atlas || this.camera.width < 2) return;
    const now = this.now();
    const unicorns = this.fleet.all();
    const spots = new Map(unicorns.map((one) => [one.name, this.#positions.place(one, now, this.still.matches)]));
    this.#positions.keepOnly(spots);
    this.camera.follow(unicorns.map((one) => project([one.longitude, one.latitude])), this.still.matches || this.#drawn === '');
    this.box.dataset.unicorns = unicorns.length;
    this.#places = new Map([...spots].map(([name, spot]) => [name, this.camera.toScreen(spot)]));
    this.#drawLand();
    const ratio = this.air.canvas.width / this.camera.width;
    this.air.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.air.clearRect(0, 0, this.camera.width, this.camera.height);
    drawMarkers(this.air, this.camera, unicorns, this.#places, { now, selected: this.selected, look: this.look });
  }

  #drawLand() {
    const { x, y, zoom, width, height } = this.camera;
    const view = [x, y, zoom, width, height, this.land.canvas.width].join();
    if (view === this.#drawn) return;
    this.#drawn = view;
    drawAtlas(this.land, this.camera, this.#atlas, this.look, this.words);
    this.#drawScale();
  }

  #drawScale() {
    const latitude = unproject([this.camera.x, this.camera.y])[1];
    const pixels = (km) => km * 1000 * unitsPerMetre(latitude) * this.camera.scale;
    const km = BARS.find((one) => pixels(one) <= 130) ?? BARS.at(-1);
    const bar = this.box.querySelector('[data-scale]');
    bar.style.width = `${pixels(km)}px`;
    bar.textContent = this.words.kilometres(km);
  }

  #resize() {
    const { width, height } = this.box.getBoundingClientRect();
    const ratio = Math.min(SHARPEST, devicePixelRatio);
    this.camera.resize(width, height);
    for (const { canvas } of [this.land, this.air]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.#drawn &&= 'another size';
  }

  #listen() {
    const { box } = this;
    box.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.zoom(-event.deltaY / 300, this.#at(event));
    }, { passive: false });
    box.addEventListener('pointerdown', (event) => {
      if (event.target.closest('button')) return;
      box.setPointerCapture(event.pointerId);
      this.#fingers.set(event.pointerId, this.#at(event));
      this.#moved = 0;
    });
    box.addEventListener('pointermove', (event) => this.#drag(event));
    for (const end of ['pointerup', 'pointercancel']) {
      box.addEventListener(end, (event) => {
        if (this.#fingers.delete(event.pointerId) && end === 'pointerup' && this.#moved < 5) this.#click(this.#at(event));
      });
    }
    box.addEventListener('keydown', (event) => this.#key(event));
  }

  #drag(event) {
    const before = this.#fingers.get(event.pointerId);
    if (!before) return;
    const here = this.#at(event);
    const others = [...this.#fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    this.#fingers.set(event.pointerId, here);
    this.#moved += distance(before, here);
    if (this.#moved < 5) return;
    if (others.length) this.zoom(Math.log2(distance(others[0], here) / Math.max(1, distance(others[0], before))), middle(others[0], here));
    else {
      this.camera.pan(here[0] - before[0], here[1] - before[1]);
      this.onFollow(false);
    }
  }

  #click(at) {
    const near = [...this.#places].map(([name, place]) => [distance(place, at), name]).sort((a, b) => a[0] - b[0])[0];
    this.onSelect(near && near[0] <= REACH ? near[1] : null);
  }

  #key(event) {
    const pans = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
    const zooms = { '+': 0.5, '=': 0.5, '-': -0.5 };
    if (event.target !== this.box || !(event.key in pans || event.key in zooms)) return;
    event.preventDefault();
    if (event.key in zooms) this.zoom(zooms[event.key]);
    else {
      this.camera.pan(...pans[event.key]);
      this.onFollow(false);
    }
  }

  #at(event) {
    const { left, top } = this.box.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }
}

function readLook(box) {
  const style = getComputedStyle(box);
  const value = (name) => style.getPropertyValue(name).trim();
  const ui = value('--ui');
  const fonts = { small: `500 11px ${ui}`, city: `600 13px ${ui}`, town: `500 12px ${ui}`, label: `600 13px ${ui}` };
  return { ...Object.fromEntries(COLOURS.map((name) => [name, value(`--map-${name}`)])), ...fonts };
}

function distance([ax, ay], [bx, by]) {
  return Math.hypot(ax - bx, ay - by);
}

function middle([ax, ay], [bx, by]) {
  return [(ax + bx) / 2, (ay + by) / 2];
}
