// How well a page hears from the API, worked out from what it last heard. No clock and no browser in here.
import { ApiError } from './api.js';

const PATIENT_FAILURES = 2; // one lost call is not news
const STALE_AFTER = 6000; // ms without an answer: three polls missed

/** The state of one poll; heard and failed give the next one. */
export const NEW_LINK = Object.freeze({ lastHeard: null, failures: 0, status: null });

export function heard(now) {
  return { ...NEW_LINK, lastHeard: now };
}

export function failed(link, error) {
  return { ...link, failures: link.failures + 1, status: error instanceof ApiError ? error.status : null };
}

/** {kind: live | connecting | offline | unreachable | error | stale, status, age (ms)} of the worst of some polls. */
export function condition(links, now, online) {
  const conditions = links.map((link) => one(link, now, online));
  const worst = ['offline', 'unreachable', 'error', 'stale', 'connecting', 'live'];
  return conditions.sort((a, b) => worst.indexOf(a.kind) - worst.indexOf(b.kind))[0];
}

function one(link, now, online) {
  const age = link.lastHeard === null ? null : now - link.lastHeard;
  return { kind: kind(link, age, online), status: link.status, age };
}

function kind(link, age, online) {
  if (link.failures >= PATIENT_FAILURES) return trouble(link, online);
  if (age === null) return 'connecting';
  return age > STALE_AFTER ? 'stale' : 'live';
}

function trouble(link, online) {
  if (link.status !== null) return 'error';
  // Asked only once calls fail: without any network a browser says offline, while all of this runs on the same machine.
  return online ? 'unreachable' : 'offline';
}
