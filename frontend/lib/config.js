// Where things are: config.json beside the pages says where the APIs answer, and GET /v1/config names the user pool.

import { json } from './json.js';

const PATIENCE = 5000; // ms

/** {region, cognito, apis: {name: invoke address}}, written by whoever deploys the pages. */
export function pageConfig() {
  return json(new URL('../config.json', import.meta.url));
}

/** The app client of an API's user pool: GET /v1/config answers {Parameters: [{Name: "/…/clientid", Value}]}. */
export function clientId(api) {
  return parameter(api, 'clientid');
}

/** The user pool's id, from the same place. */
export function poolId(api) {
  return parameter(api, 'userpoolid');
}

async function parameter(api, name) {
  const answer = await fetch(`${api}/v1/config`, { signal: AbortSignal.timeout(PATIENCE) });
  const { Parameters: parameters = [] } = answer.ok ? await answer.json() : {};
  return parameters.find((one) => one.Name.endsWith(`/${name}`))?.Value ?? null;
}
