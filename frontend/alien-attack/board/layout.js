// How many gamers fit, and how large. Pure: sizes of the screen in, columns, rows, pages and a font size out.

export const LEADERS = 10; // they have a table of their own
const FEW = 60; // gamers that still get three wide columns
const SMALLEST_ROW = 24.6; // px; what can be read from the middle of a room when the picture is 1080 px high
const SMALLEST_FONT = 16.5; // px
const LARGEST_ROW = 62; // px
const NARROWEST = 200; // px of a column that holds a rank, a short name and a score
const SPOTLIGHT = { rows: 20, columns: 2, font: 28, of: 1080 }; // forty gamers for the far seats

/**
 * For the gamers after the leaders. width, height: px of the room that they have.
 * {columns, rows, row (px), font (px), perPage, pages}; pages take turns, so that nobody has to scroll a wall.
 */
export function arrange({ width, height, others, spotlight = false, screen = 1080 }) {
  if (spotlight) return spotlit({ height, others, screen });
  const columns = Math.max(1, Math.min(others + LEADERS <= FEW ? 3 : 5, Math.floor(width / NARROWEST)));
  const most = Math.max(1, Math.floor(height / SMALLEST_ROW));
  const perPage = Math.min(Math.max(others, 1), columns * most);
  const rows = Math.ceil(perPage / columns);
  const row = Math.min(LARGEST_ROW, height / Math.max(rows, 1));
  const font = Math.max(SMALLEST_FONT, Math.min(row * 0.62, width / columns / 13));
  return { columns, rows, row, font, perPage, pages: pages(others, perPage) };
}

function spotlit({ height, others, screen }) {
  const { rows, columns, of } = SPOTLIGHT;
  const font = Math.max(SMALLEST_FONT, (SPOTLIGHT.font * screen) / of);
  return { columns, rows, row: height / rows, font, perPage: rows * columns, pages: pages(others, rows * columns) };
}

/** Which of the others, from the first index to before the last, a page shows. */
export function slice(arrangement, page) {
  const first = (page % arrangement.pages) * arrangement.perPage;
  return [first, first + arrangement.perPage];
}

function pages(others, perPage) {
  return Math.max(1, Math.ceil(others / perPage));
}
