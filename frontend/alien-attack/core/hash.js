// A short fingerprint of a game's state: equal states have equal ones, on every machine.

const view = new DataView(new ArrayBuffer(8));
const PHASES = ['play', 'intro', 'over'];

/** FNV-1a of all numbers of the state in a fixed order, as 8 hexadecimal digits. */
export function hash(state) {
  let sum = 0x811c9dc5;
  for (const value of numbers(state)) {
    view.setFloat64(0, value, true);
    for (let at = 0; at < 8; at += 1) sum = Math.imul(sum ^ view.getUint8(at), 0x01000193);
  }
  return (sum >>> 0).toString(16).padStart(8, '0');
}

function numbers({ seed, rng, tick, phase, wait, level, score, lives, shots, kills, ship, fleet, flying, bombs }) {
  return [
    seed, rng, tick, PHASES.indexOf(phase), wait, level, score, lives, shots, kills,
    ship.x, ship.safe, ship.reload, fleet.x, fleet.y, fleet.way, fleet.gone, fleet.beat, ...fleet.alive,
    ...[flying, bombs].flatMap((them) => [them.length, ...them.flatMap(({ x, y }) => [x, y])]),
  ];
}
