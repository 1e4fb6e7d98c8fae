// Calls to the lab's REST API with the account's ID token.
import { SignedOut } from './account.js';

const PATIENCE = 5000; // ms

/** The API answered, with an error. */
export class ApiError extends Error {
  constructor(status) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/** GET base + path as JSON. A refused token is renewed once; a second refusal signs the account out. */
export async function get(account, base, path, query = {}) {
  const address = `${base}${path}?${new URLSearchParams(query)}`;
  let answer = await send(address, await account.token());
  if (answer.status === 401) {
    await account.renew();
    answer = await send(address, await account.token());
    if (answer.status === 401) {
      account.signOut();
      throw new SignedOut();
    }
  }
  if (!answer.ok) throw new ApiError(answer.status);
  return answer.json();
}

function send(address, token) {
  return fetch(address, { headers: { Authorization: token }, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
}
