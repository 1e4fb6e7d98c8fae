// The land under the fleet: loaded once, projected once, drawn from paths.
import feature from '../vendor/topojson-client/feature.js';
import mesh from '../vendor/topojson-client/mesh.js';
import { json } from '../lib/json.js';
import { project, unitsPerMetre } from './camera.js';

// East of here the coast is Natural Earth's, which is finer; west of here the Census Bureau's, which knows the lakes.
const SEAM = project([-75.9, 0])[0];
const FAR = 1000; // units; beyond anything on the map
const COUNTIES_FROM = 7; // zoom
const RINGS = [5, 10, 25, 50, 100, 200]; // km around headquarters
const RANKS = [5.5, 5.5, 6.6, 7.8, 8.8]; // zoom from which a town of rank 0, 1, ... is named

/** {land, lakes, coast, states, counties, towns, headquarters}: paths in the camera's units, places projected. */
export async function loadAtlas() {
  const [us, coast, canada, places] = await Promise.all(
    ['northeast.topo', 'coast.topo', 'canada.topo', 'places'].map((name) => json(new URL(`data/${name}.json`, import.meta.url))),
  );
  const { counties, states } = us.objects;
  const inner = (object) => lines(mesh(us, object, (a, b) => a !== b).coordinates);
  const place = (one) => ({ ...one, at: project([one.longitude, one.latitude]) });
  return {
    fine: areas(feature(coast, coast.objects.land)),
    coarse: areas(feature(us, states)),
    canada: areas(feature(canada, canada.objects.countries)),
    shores: lines(mesh(us, states, (a, b) => a === b).coordinates),
    lakes: lines(places.lakes.map((lake) => lake.shore)),
    states: inner(states),
    counties: inner(counties),
    towns: places.towns.map(place).sort((a, b) => a.rank - b.rank),
    headquarters: place(places.headquarters),
  };
}

/** Draw the map. look: colours and fonts by name; words: {kilometres(n)}. */
export function drawAtlas(context, camera, atlas, look, words) {
  const ratio = context.canvas.width / camera.width;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = look.sea;
  context.fillRect(0, 0, camera.width, camera.height);
  inUnits(context, camera, ratio, (pixel) => drawLand(context, camera, atlas, look, pixel));
  drawRings(context, camera, atlas.headquarters, look, words);
  drawTowns(context, camera, atlas, look);
}

function drawLand(context, camera, atlas, look, pixel) {
  context.lineJoin = 'round';
  clipped(context, [-FAR, SEAM], () => {
    fill(context, atlas.canada, look.land);
    fill(context, atlas.lakes, look.sea);
    stroke(context, atlas.lakes, look.shore, pixel);
    fill(context, atlas.coarse, look.land);
    stroke(context, atlas.shores, look.shore, pixel);
  });
  clipped(context, [SEAM, FAR], () => {
    fill(context, atlas.fine, look.land);
    if (camera.zoom >= COUNTIES_FROM) stroke(context, atlas.counties, look.county, 0.7 * pixel);
    stroke(context, atlas.states, look.state, 1.2 * pixel);
    stroke(context, atlas.fine, look.shore, 1.2 * pixel);
  });
  clipped(context, [-FAR, SEAM], () => {
    if (camera.zoom >= COUNTIES_FROM) stroke(context, atlas.counties, look.county, 0.7 * pixel);
    stroke(context, atlas.states, look.state, 1.2 * pixel);
  });
}

function drawRings(context, camera, { at }, look, words) {
  const [x, y] = camera.toScreen(at);
  context.strokeStyle = context.fillStyle = look.ring;
  context.font = look.small;
  context.textAlign = 'center';
  for (const kilometres of RINGS) {
    const radius = kilometres * 1000 * unitsPerMetre(40.75) * camera.scale;
    if (radius < 24 || radius > 2 * Math.max(camera.width, camera.height)) continue;
    context.lineWidth = 1;
    context.setLineDash([2, 6]);
    circle(context, x, y, radius);
    context.setLineDash([]);
    write(context, words.kilometres(kilometres), x, y - radius - 5, look);
  }
  context.fillStyle = look.text;
  context.fillRect(x - 3, y - 3, 6, 6);
}

function drawTowns(context, camera, { towns }, look) {
  const taken = [];
  context.textAlign = 'left';
  for (const town of towns) {
    if (camera.zoom < RANKS[town.rank]) continue;
    const [x, y] = camera.toScreen(town.at);
    context.font = town.rank === 1 ? look.city : look.town;
    const box = [x - 5, y - 9, x + 9 + context.measureText(town.name).width, y + 9];
    if (outside(box, camera) || taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    context.fillStyle = look.dot;
    circle(context, x, y, town.rank === 1 ? 2.5 : 1.8, true);
    context.fillStyle = town.rank === 1 ? look.bright : look.name;
    write(context, town.name, x + 7, y + 4, look);
  }
}

/** Text with a halo of the land's colour, readable over whatever lies below. */
export function write(context, text, x, y, look) {
  context.lineWidth = 3;
  context.lineJoin = 'round';
  const kept = context.strokeStyle;
  context.strokeStyle = look.halo;
  context.strokeText(text, x, y);
  context.strokeStyle = kept;
  context.fillText(text, x, y);
}

/** A circle, drawn or filled. */
export function circle(context, x, y, radius, filled = false) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (filled) context.fill();
  else context.stroke();
}

export function overlap(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function outside([left, top, right, bottom], camera) {
  return left < 4 || top < 4 || right > camera.width - 4 || bottom > camera.height - 4;
}

function inUnits(context, camera, ratio, draw) {
  context.save();
  const scale = ratio * camera.scale;
  context.setTransform(scale, 0, 0, scale, ratio * (camera.width / 2) - camera.x * scale, ratio * (camera.height / 2) - camera.y * scale);
  draw(1 / camera.scale);
  context.restore();
}

function clipped(context, [west, east], draw) {
  context.save();
  context.beginPath();
  context.rect(west, -FAR, east - west, 2 * FAR);
  context.clip();
  draw();
  context.restore();
}

function fill(context, path, style) {
  context.fillStyle = style;
  context.fill(path, 'evenodd');
}

function stroke(context, path, style, width) {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.stroke(path);
}

function areas(found) {
  const features = found.type === 'FeatureCollection' ? found.features : [found];
  const rings = features.flatMap(({ geometry: { type, coordinates } }) => (type === 'Polygon' ? coordinates : coordinates.flat()));
  return lines(rings);
}

function lines(found) {
  const path = new Path2D();
  for (const line of found) line.forEach((point, at) => (at ? path.lineTo(...project(point)) : path.moveTo(...project(point))));
  return path;
}
