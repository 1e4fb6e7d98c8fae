// The unicorns on the map: where they are between two readings, and how each is drawn.
import { circle, overlap, write } from './atlas.js';
import { project } from './camera.js';
import { state } from './fleet.js';

const DISC = 13; // pixels: the disc's radius
const MOST = 150; // points that fill an arc
const GLIDE = 1000; // ms from one reading's place to the next
export const REACH = 22; // pixels around a marker that are the marker

// A unicorn's head, looking right, in a box of 24 by 24.
const HEAD = new Path2D('M5.5 21c.3-4.6 1-7.6 2.9-10 .7-1 1.6-1.8 2.7-2.4l-.5-3 2.7 2.1 6.6-6-4.4 7.4c1.6 1 2.6 2.6 3.4 4.4l1 2.3c.3.8.1 1.5-.6 1.9l-1.3.7c-.6.3-1.3.2-1.8-.3l-1.5-1.4c-1.1.4-2 .3-2.9-.2.2 1.7 1.2 2.7 2 4.5z');

/** Where unicorns are shown, moving smoothly to where they are. still: nothing moves by itself, they jump. */
export class Positions {
  #shown = new Map();

  place(unicorn, now, still) {
    const goal = project([unicorn.longitude, unicorn.latitude]);
    const known = this.#shown.get(unicorn.name);
    if (!known || still) return this.#set(unicorn.name, { from: goal, goal, since: now }, goal);
    if (known.goal[0] !== goal[0] || known.goal[1] !== goal[1]) {
      this.#shown.set(unicorn.name, { from: between(known, now), goal, since: now });
    }
    return between(this.#shown.get(unicorn.name), now);
  }

  keepOnly(names) {
    for (const name of this.#shown.keys()) if (!names.has(name)) this.#shown.delete(name);
  }

  #set(name, entry, at) {
    this.#shown.set(name, entry);
    return at;
  }
}

function between({ from, goal, since }, now) {
  const part = Math.min(1, Math.max(0, (now - since) / GLIDE));
  return [0, 1].map((axis) => from[axis] + (goal[axis] - from[axis]) * part);
}

/** Draw all; places: name -> [x, y] on the screen. The selected one comes last, above the others. */
export function drawMarkers(context, camera, unicorns, places, { now, selected, look }) {
  const sorted = [...unicorns].sort((a, b) => (a.name === selected) - (b.name === selected));
  for (const unicorn of sorted) drawTrail(context, camera, unicorn, places.get(unicorn.name), { now, chosen: unicorn.name === selected, look });
  for (const unicorn of sorted) drawMarker(context, unicorn, places.get(unicorn.name), { now, chosen: unicorn.name === selected, look });
  context.globalAlpha = 1;
  drawNames(context, [...sorted].reverse(), places, { now, look });
}

function drawTrail(context, camera, unicorn, here, { now, chosen, look }) {
  const points = [...projected(unicorn.trail).slice(0, -1).map((point) => camera.toScreen(point)), here];
  context.globalAlpha = visible(unicorn, now) * (chosen ? 0.95 : 0.5);
  context.strokeStyle = chosen ? look.selected : look.trail;
  context.lineWidth = chosen ? 2.5 : 1.75;
  context.lineJoin = context.lineCap = 'round';
  context.beginPath();
  points.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

/** A trail's points in the camera's units, worked out once per reading, not once per frame. */
function projected(trail) {
  if (!trails.has(trail)) trails.set(trail, trail.map(project));
  return trails.get(trail);
}

const trails = new WeakMap();

function drawMarker(context, unicorn, [x, y], { now, chosen, look }) {
  context.globalAlpha = visible(unicorn, now);
  context.fillStyle = look.disc;
  circle(context, x, y, DISC, true);
  context.lineWidth = 3;
  context.lineCap = 'butt';
  arc(context, x, y, unicorn.health, { side: -1, style: look.health, dash: [] });
  arc(context, x, y, unicorn.magic, { side: 1, style: look.magic, dash: [3, 2] });
  context.save();
  context.translate(x - 8, y - 8.5);
  context.scale(0.66, 0.66);
  context.fillStyle = look.unicorn;
  context.fill(HEAD);
  context.restore();
  if (!chosen) return;
  context.lineWidth = 2.5;
  context.strokeStyle = look.selected;
  circle(context, x, y, DISC + 6);
}

/** Half a ring, filled from the bottom: health on the left, magic on the right. */
function arc(context, x, y, points, { side, style, dash }) {
  const part = Math.min(1, Math.max(0, points / MOST)) * Math.PI * 0.94;
  const foot = Math.PI / 2 - side * 0.09;
  context.strokeStyle = style;
  context.setLineDash(dash);
  context.beginPath();
  context.arc(x, y, DISC + 0.5, foot, foot - side * part, side > 0);
  context.stroke();
  context.setLineDash([]);
}

function drawNames(context, unicorns, places, { now, look }) {
  const taken = [];
  context.font = look.label;
  context.textAlign = 'center';
  for (const unicorn of unicorns) {
    const [x, y] = places.get(unicorn.name);
    const half = context.measureText(unicorn.name).width / 2;
    const box = [x - half - 2, y + DISC + 2, x + half + 2, y + DISC + 20];
    if (taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    context.globalAlpha = visible(unicorn, now);
    context.fillStyle = look.text;
    write(context, unicorn.name, x, y + DISC + 16, look);
  }
  context.globalAlpha = 1;
}

function visible(unicorn, now) {
  return { fresh: 1, quiet: 0.75, faded: 0.4 }[state(unicorn, now)];
}
