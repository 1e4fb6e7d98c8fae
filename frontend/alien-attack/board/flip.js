// Gamers who change places glide there instead of jumping. First, Last, Invert, Play; nothing moves for those who asked
// their system for less motion. Every row that glides is a layer that is drawn anew for each frame: where a crowd moves,
// whom no eye follows, all jump, and the machine's time is left to the news themselves.

const LASTS = 380; // ms
const MOST = 20; // gamers who glide at once
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** Makes a change to the board, then lets who has another place in the same list glide there. lists: several Rows. */
export function glide(lists, change) {
  const before = lists.map(({ places }) => new Map(places.map(({ node, nickname }) => [nickname, node])));
  change();
  if (still.matches || document.hidden) return;
  const moves = lists.flatMap(({ places }, index) => movesIn(places, before[index]));
  if (moves.length <= MOST) moves.map(way).forEach(animate);
}

/** [{node, from}] of who was at another node before. */
function movesIn(places, before) {
  return places
    .map(({ node, nickname }) => ({ node, from: before.get(nickname) }))
    .filter(({ node, from }) => from && from !== node && from.isConnected);
}

/** The px from there to here; none where one of the two is not shown. */
function way({ node, from }) {
  const shown = node.offsetWidth > 0 && from.offsetWidth > 0;
  return { node, x: shown ? from.offsetLeft - node.offsetLeft : 0, y: shown ? from.offsetTop - node.offsetTop : 0 };
}

function animate({ node, x, y }) {
  if (!x && !y) return;
  node.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: 'none' }], { duration: LASTS, easing: 'ease-out' });
}
