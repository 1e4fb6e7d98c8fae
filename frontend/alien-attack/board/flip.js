// Gamers who change places glide there instead of jumping. First, Last, Invert, Play; nothing moves for those who asked
// their system for less motion. Every row that glides is a layer of its own, drawn anew for each frame: in a crowd, where
// no eye follows, and on a machine that does not keep up, rows jump, so that the news themselves are not late.

const LASTS = 380; // ms
const MOST = 20; // gamers in one list that glide at once
const FLUENT = 30; // frames a second
const REST = 20_000; // ms without gliding after a glide that was not fluent
const still = matchMedia('(prefers-reduced-motion: reduce)');
let rested = 0; // when gliding is tried again

/** Makes a change to the board, then lets who has another place in the same list glide there. lists: several Rows. */
export function glide(lists, change) {
  const before = lists.map(({ places }) => new Map(places.map(({ node, nickname }) => [nickname, node])));
  change();
  if (still.matches || document.hidden || performance.now() < rested) return;
  const moves = lists.flatMap(({ places }, index) => movesIn(places, before[index])).map(way).filter(visible);
  moves.forEach(animate);
  if (moves.length) judge();
}

/** [{node, from}] of who was at another node before; none where too many were. */
function movesIn(places, before) {
  const moves = places
    .map(({ node, nickname }) => ({ node, from: before.get(nickname) }))
    .filter(({ node, from }) => from && from !== node && from.isConnected);
  return moves.length > MOST ? [] : moves;
}

function way({ node, from }) {
  const shown = node.offsetWidth > 0 && from.offsetWidth > 0;
  return { node, shown, x: from.offsetLeft - node.offsetLeft, y: from.offsetTop - node.offsetTop };
}

function visible({ shown, x, y }) {
  return shown && (x !== 0 || y !== 0);
}

function animate({ node, x, y }) {
  node.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: 'none' }], { duration: LASTS, easing: 'ease-out' });
}

/** Counts the frames of a glide. */
function judge() {
  const began = performance.now();
  let frames = 0;
  const count = () => {
    frames += 1;
    const gone = performance.now() - began;
    if (gone < LASTS) requestAnimationFrame(count);
    else if (frames < (FLUENT * gone) / 1000) rested = performance.now() + REST;
  };
  requestAnimationFrame(count);
}
