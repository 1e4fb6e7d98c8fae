// Watching the stream as a visitor: credentials, shards, readings, and how well the page hears.
import { Aws, AwsError } from '../lib/aws.js';
import { Shards } from '../lib/shards.js';
import { Visitor } from '../lib/visitor.js';

export const STREAM = 'wildrydes';
const BEHIND = 5000; // ms: whoever reads what is older than that does not see the fleet as it is
const STALE = 6000; // ms without an answer

/** Puts readings into a fleet. changed() is called whenever something was heard. */
export class Watch {
  #shards = null;
  #links = new Map();

  constructor({ kinesis, cognito, region, poolId, fleet, now = Date.now }) {
    const visitor = new Visitor(cognito, region, poolId, now);
    const api = new Aws('kinesis', kinesis, region, () => visitor.credentials());
    Object.assign(this, { fleet, now });
    this.#shards = new Shards(api, STREAM, {
      now,
      heard: ({ records, behind }, shard) => this.#heard(records, behind, shard),
      failed: (error, shard) => this.#links.set(shard, { ...this.#links.get(shard), error }),
    });
  }

  /** Throws what AWS answers when it lets nobody in. */
  start() {
    return this.#shards.start();
  }

  stop() {
    this.#shards.stop();
  }

  /** {kind: "live" | "waiting" | "refused" | "unreachable" | "behind", error}: the worst of all shards. */
  link() {
    const kinds = [...this.#links].filter(([shard]) => this.#shards.has(shard)).map(([, link]) => this.#kind(link));
    if (kinds.length === 0) return { kind: 'waiting' };
    return ['refused', 'unreachable', 'behind', 'live'].map((kind) => kinds.find((one) => one.kind === kind)).find(Boolean);
  }

  #kind({ error, at, behind }) {
    if (error instanceof AwsError) return { kind: 'refused', error };
    if (error || this.now() - at > STALE) return { kind: 'unreachable', error };
    return { kind: behind > BEHIND ? 'behind' : 'live' };
  }

  #heard(records, behind, shard) {
    this.#links.set(shard, { at: this.now(), behind });
    for (const { data, arrived } of records) this.fleet.take(parsed(data), arrived);
  }
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null; // not everything in a stream need be a reading
  }
}
