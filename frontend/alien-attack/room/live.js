// Where the lab's WebSocket API is.
import { get } from '../../lib/api.js';
import { reachable } from '../../lib/socket.js';

/** Its URL, as this page reaches it. */
export async function liveAddress(account, api) {
  const told = await get(account, api, '/v1/websocket'); // a JSON string, sometimes in another one
  return reachable(told.startsWith('"') ? JSON.parse(told) : told, api);
}
