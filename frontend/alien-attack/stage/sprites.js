// The figures, drawn by hand: half of each, mirrored. # is the figure's own hue, + a lighter one, o a dark one.
// Rows of aliens differ by their shape, not only by their hue.

const ALIENS = [
  // a drone with one eye
  [['......+', '..#..##', '.##.###', '######+', '#####+o', '######+', '.######', '..##.##', '.##..#.', '##.....'],
    ['......+', '.#...##', '.##.###', '######+', '#####+o', '######+', '.######', '..#####', '...##.#', '..##..#']],
  // a beetle with horns
  [['#......', '.##..##', '..#####', '.######', '.##o###', '###o+##', '#######', '#.#####', '#.##...', '...##..'],
    ['.#.....', '.##..##', '..#####', '.######', '.##o###', '###o+##', '#######', '.######', '.##.#..', '.#...#.']],
  // a jellyfish
  [['....###', '..#####', '.######', '.#o####', '##o####', '#######', '+#+#+#+', '.#..#..', '.#..#..', '#..#...'],
    ['....###', '..#####', '.######', '.#o####', '##o####', '#######', '+#+#+#+', '.#..#..', '..#..#.', '..#...#']],
  // a crab
  [['##.....', '#......', '#.#..#.', '##.####', '.######', '..##o##', '..#####', '.######', '##.#...', '#...#..'],
    ['.......', '##...#.', '#.#..##', '##.####', '.######', '..##o##', '..#####', '.######', '.#.##..', '.##....']],
  // a saucer
  [['....+++', '...+###', '..+####', '.######', '#######', '#o##o##', '#######', '.######', '..#.+..', '...+...'],
    ['....+++', '...+###', '..+####', '.######', '#######', '##o##o#', '#######', '.######', '..+.#..', '......#']],
];
const HUES = ['#e48bc0', '#56b4e9', '#00b58a', '#f0e442', '#ff7a3d'];
const LIGHT = ['#ffd3ec', '#c4e8ff', '#9ff5dc', '#fffbd0', '#ffd0b5'];
const SHIP = ['........+', '.......##', '.......##', '......###', '......#oo', '.#...##oo', '.#..#####', '+########', '#########', '###.##.##'];
const DARK = '#0b1020';

/** The hue of a row of aliens, for what flies off them. */
export const hueOf = (row) => HUES[row];

/** {aliens: [row][frame], ship}: canvases, size times as large as their smallest dot. */
export function sprites(size) {
  return {
    aliens: ALIENS.map((frames, row) => frames.map((half) => picture(half, size, { '#': HUES[row], '+': LIGHT[row], o: DARK }))),
    ship: picture(SHIP, size, { '#': '#f4f6ff', '+': '#56b4e9', o: '#56b4e9' }),
  };
}

function picture(half, size, colours) {
  const rows = half.map((left) => left + [...left].reverse().slice(1).join(''));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(rows[0].length * size);
  canvas.height = Math.round(rows.length * size);
  const pen = canvas.getContext('2d');
  rows.forEach((row, y) => [...row].forEach((dot, x) => {
    if (!(dot in colours)) return;
    const [left, top] = [Math.round(x * size), Math.round(y * size)];
    pen.fillStyle = colours[dot];
    pen.fillRect(left, top, Math.round((x + 1) * size) - left, Math.round((y + 1) * size) - top);
  }));
  return canvas;
}
