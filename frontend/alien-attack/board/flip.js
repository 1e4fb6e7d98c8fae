// Rows that change places glide there instead of jumping: where each was, where it is, and the way between.
// First, Last, Invert, Play; nothing moves for those who asked their system for less motion.

const LASTS = 380; // ms
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** Makes a change to the page, then lets the nodes that are still there glide from their old places. */
export function glide(nodes, change) {
  if (still.matches || document.hidden) {
    change();
    return;
  }
  const before = new Map(nodes.map((node) => [node, node.getBoundingClientRect()]));
  change();
  for (const [node, from] of before) {
    if (node.isConnected) move(node, from, node.getBoundingClientRect());
  }
}

function move(node, from, to) {
  const [x, y] = [from.left - to.left, from.top - to.top];
  if ((!x && !y) || !to.width || !from.width) return;
  node.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: 'none' }], { duration: LASTS, easing: 'ease-out' });
}
