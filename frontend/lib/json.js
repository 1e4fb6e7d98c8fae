// Files of the pages' own that are no scripts: words, addresses, maps.
import { insist } from './repeat.js';

const PATIENCE = 5000; // ms

/** A file as JSON, asked for until it comes: a page that is opened while the machine is busy starts late instead of
 * staying empty. */
export function json(address) {
  return insist(async () => {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return answer.json();
  });
}
