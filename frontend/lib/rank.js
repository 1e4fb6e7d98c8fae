// The board's order, the same as the server's: score and lives descending, shots and nickname ascending.

/** Compares two rows {Score, Lives, Shots, Nickname}, for sort(). Level does not count. */
export function compare(a, b) {
  return b.Score - a.Score || b.Lives - a.Lives || a.Shots - b.Shots || byCodePoint(a.Nickname, b.Nickname);
}

/** Text by code points, as the table's index sorts it; < would go by UTF-16 units. */
function byCodePoint(a, b) {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((character, index) => character !== right[index]);
  if (at < 0) return left.length - right.length;
  return right[at] === undefined ? 1 : left[at].codePointAt(0) - right[at].codePointAt(0);
}
