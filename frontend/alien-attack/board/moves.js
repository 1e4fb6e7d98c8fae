// Who won or lost places since the last news, and for how long that is shown.

const SHOWN = 4000; // ms

/** Remembers ranks between two boards. */
export class Moves {
  #ranks = new Map();
  #moves = new Map();

  /** Notes a new board, best first. now: ms. */
  note(rows, now) {
    const ranks = new Map(rows.map((row, index) => [row.Nickname, index + 1]));
    for (const [nickname, rank] of ranks) {
      const before = this.#ranks.get(nickname);
      if (before !== undefined && before !== rank) this.#moves.set(nickname, { places: before - rank, until: now + SHOWN });
    }
    this.#ranks = ranks;
  }

  /** Places won (positive) or lost by a gamer not long ago; 0 for none. */
  of(nickname, now) {
    const move = this.#moves.get(nickname);
    if (!move || move.until <= now) {
      this.#moves.delete(nickname);
      return 0;
    }
    return move.places;
  }

  forget() {
    this.#ranks.clear();
    this.#moves.clear();
  }
}
