// Calls to the lab's REST API with the account's ID token.
import { SignedOut } from './account.js';

const PATIENCE = 5000; // ms
const LONGER = 15_000; // ms; what ends something waits for others to hear of it

/** The API answered, with an error; body is its JSON, {} where there is none. */
export class ApiError extends Error {
  constructor(status, body = {}) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
  }

  /** The lab's own name of the error, e.g. NoSeatsAvailable; null where it gave none. */
  get code() { return this.body.errorCode ?? null; }
}

/** GET base + path as JSON. A refused token is renewed once; a second refusal signs the account out. */
export function get(account, base, path, query = {}) {
  return call(account, `${base}${path}?${new URLSearchParams(query)}`, {});
}

/** POST (or another method) of an object as JSON, else as get(). */
export function post(account, base, path, body = {}, method = 'POST') {
  return call(account, `${base}${path}`, { method, body: JSON.stringify(body) });
}

/** A POST that outlives the page; it cannot renew its token nor hear the answer. */
export function postOnLeaving(account, base, path, body = {}) {
  if (!account.signedIn) return;
  const options = { method: 'POST', body: JSON.stringify(body), keepalive: true };
  fetch(`${base}${path}`, { ...options, headers: headers(account.idToken, options) }).catch(() => {});
}

async function call(account, address, options) {
  const token = await account.token();
  let answer = await send(address, token, options);
  if (answer.status === 401) {
    if (account.idToken === token) await account.renew(); // else another call has renewed it meanwhile
    answer = await send(address, await account.token(), options);
    if (answer.status === 401) {
      account.signOut();
      throw new SignedOut();
    }
  }
  if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => ({})));
  return answer.json();
}

function send(address, token, options) {
  const signal = AbortSignal.timeout(options.method === 'DELETE' ? LONGER : PATIENCE);
  return fetch(address, { ...options, headers: headers(token, options), cache: 'no-store', signal });
}

function headers(token, { body }) {
  return { Authorization: token, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
}
