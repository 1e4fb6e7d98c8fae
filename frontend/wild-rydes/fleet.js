// What is known of the fleet. Pure: no browser and no clock in here; times are ms since 1970.

export const QUIET = 10_000; // ms without a reading: said so
export const FADED = 20_000; // drawn faintly
export const GONE = 30_000; // no longer there
const TRAIL = 120; // points
const MPH = 2.236936; // of a metre a second
const BY_NAME = new Intl.Collator('en', { numeric: true });
const EARTH = 6_371_000; // metres

export class Fleet {
  #unicorns = new Map();
  #looked = null;

  /** Take a reading: {Name, StatusTime, Latitude, Longitude, ...}; returns whether it was one. arrived: in the stream. */
  take(reading, arrived) {
    if (!isReading(reading)) return false;
    const known = this.#unicorns.get(reading.Name);
    const at = { latitude: reading.Latitude, longitude: reading.Longitude, time: Date.parse(`${reading.StatusTime.replace(' ', 'T')}Z`) };
    if (known && at.time <= known.time && !isClockSetBack(known, at, arrived)) { // late, from another shard, or told again
      known.seen = Math.max(arrived, known.seen);
      return true;
    }
    const speed = known ? speedBetween(known, at) ?? known.speed : null;
    const trail = [...(known?.trail ?? []), [at.longitude, at.latitude]].slice(-TRAIL);
    this.#unicorns.set(reading.Name, {
      ...at, name: reading.Name, trail, health: reading.HealthPoints, magic: reading.MagicPoints,
      speed: speed ?? (Number.isFinite(reading.Distance) ? reading.Distance * MPH : null),
      seen: Math.max(arrived, known?.seen ?? 0), moved: known ? [known.longitude, known.latitude] : null,
    });
    return true;
  }

  /**
   * Look at the time: returns the names of those that are gone. While the page is blind nobody grows silent: being
   * blind is not silence.
   */
  look(now, blind) {
    const passed = this.#looked === null ? 0 : Math.max(0, now - this.#looked);
    this.#looked = now;
    const gone = [];
    for (const unicorn of this.#unicorns.values()) {
      if (blind) unicorn.seen += passed;
      if (now - unicorn.seen > GONE) gone.push(unicorn.name);
    }
    gone.forEach((name) => this.#unicorns.delete(name));
    return gone;
  }

  /** Whether somebody has not been seen since then. */
  isSilentSince(time) {
    return [...this.#unicorns.values()].some((unicorn) => unicorn.seen < time);
  }

  get size() { return this.#unicorns.size; }
  get(name) { return this.#unicorns.get(name); }

  /** All, by name. */
  all() {
    return [...this.#unicorns.values()].sort((a, b) => BY_NAME.compare(a.name, b.name));
  }
}

/** "fresh", "quiet" or "faded". */
export function state(unicorn, now) {
  const age = now - unicorn.seen;
  if (age > FADED) return 'faded';
  return age > QUIET ? 'quiet' : 'fresh';
}

/** Miles an hour between two places, from their times; null when no time has passed. */
export function speedBetween(a, b) {
  const seconds = (b.time - a.time) / 1000;
  return seconds > 0 ? (metres(a, b) / seconds) * MPH : null;
}

/** The way between two places on the globe. */
export function metres(a, b) {
  const [latA, latB] = [a.latitude, b.latitude].map(radians);
  const half = (x) => Math.sin(x / 2) ** 2;
  const h = half(latB - latA) + Math.cos(latA) * Math.cos(latB) * half(radians(b.longitude - a.longitude));
  return 2 * EARTH * Math.asin(Math.sqrt(h));
}

function radians(degrees) {
  return (degrees * Math.PI) / 180;
}

/** A sensor that said one wrong moment, years ahead, or whose clock was put right: what it says now is what counts. */
function isClockSetBack(known, at, arrived) {
  return known.time - at.time > GONE && arrived > known.seen;
}

function isReading(reading) {
  return typeof reading?.Name === 'string' && reading.Name !== '' && typeof reading.StatusTime === 'string'
    && Math.abs(reading.Latitude) <= 85 && Math.abs(reading.Longitude) <= 180
    && !Number.isNaN(Date.parse(`${reading.StatusTime.replace(' ', 'T')}Z`));
}
