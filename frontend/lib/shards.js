// Reads a Kinesis stream from a page: every open shard once a second, and the shards that come of a split or a merge.
import { AwsError } from './aws.js';
import { repeat } from './repeat.js';

const EVERY = 1000; // ms; a shard answers five reads a second, to all its readers together
const AGAIN = 'beginning again'; // in the place of a shard's id
const BACK = 30; // seconds: how far back a page that was reloaded looks

/**
 * heard({records, behind}) is called after each read with [{data: text, arrived: ms}] and how far behind it was (ms),
 * failed(error) after each one that failed. Both say by their last argument which shard it was.
 */
export class Shards {
  #readers = new Map();
  #ended = false;

  constructor(kinesis, stream, { heard, failed, now = Date.now }) {
    Object.assign(this, { kinesis, stream, heard, failed, now });
  }

  /** Whether the shard is still being read. */
  has(id) { return this.#readers.has(id); }

  /** Begin with the shards that are open now. Throws what the service answers when it refuses. */
  async start() {
    const { Shards: shards } = await this.kinesis.call('ListShards', { StreamName: this.stream });
    const open = shards.filter((shard) => !shard.SequenceNumberRange.EndingSequenceNumber);
    const since = { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: Math.floor(this.now() / 1000) - BACK };
    const places = await Promise.all(open.map((shard) => this.#place(shard.ShardId, since)));
    if (this.#ended) return;
    open.forEach((shard, at) => this.#read(shard.ShardId, places[at]));
  }

  stop() {
    this.#ended = true;
    for (const reader of this.#readers.values()) reader.end();
    this.#readers.clear();
  }

  #read(id, iterator = null) {
    if (this.#readers.has(id) || this.#ended) return;
    const shard = { id, iterator, last: null };
    this.#readers.set(id, repeat(() => this.#once(shard), () => EVERY));
  }

  async #once(shard) {
    try {
      shard.iterator ??= await this.#place(shard.id, shard.last
        ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: shard.last }
        : { ShardIteratorType: 'TRIM_HORIZON' });
      this.#take(shard, await this.kinesis.call('GetRecords', { ShardIterator: shard.iterator }));
    } catch (error) {
      if (this.#ended) return;
      if (error instanceof AwsError && !error.name.startsWith('ProvisionedThroughput')) shard.iterator = null;
      this.failed(error, shard.id);
      if (error instanceof AwsError && error.name === 'ResourceNotFoundException') this.#startAgain();
      throw error; // so that the next try comes later
    }
  }

  #take(shard, answer) {
    if (this.#ended) return;
    const records = answer.Records.map((record) => ({ data: text(record.Data), arrived: record.ApproximateArrivalTimestamp * 1000 }));
    shard.last = answer.Records.at(-1)?.SequenceNumber ?? shard.last;
    shard.iterator = answer.NextShardIterator ?? null;
    if (!shard.iterator) this.#follow(shard.id, answer.ChildShards ?? []);
    this.heard({ records, behind: answer.MillisBehindLatest ?? 0 }, shard.id);
  }

  /** A shard has ended. A merged shard is named by both its parents, and read once both have ended. */
  #follow(id, children) {
    this.#readers.get(id)?.end();
    this.#readers.delete(id);
    for (const child of children) {
      if (!child.ParentShards?.some((parent) => this.#readers.has(parent))) this.#read(child.ShardId);
    }
  }

  /** The stream is another one than it was: it was deleted and created again. */
  #startAgain() {
    for (const reader of this.#readers.values()) reader.end();
    this.#readers.clear();
    const again = repeat(async () => {
      try {
        await this.start();
      } catch (error) {
        if (!this.#ended) this.failed(error, AGAIN);
        throw error;
      }
      again.end();
      this.#readers.delete(AGAIN);
    }, () => EVERY);
    this.#readers.set(AGAIN, again);
  }

  async #place(id, where) {
    return (await this.kinesis.call('GetShardIterator', { StreamName: this.stream, ShardId: id, ...where })).ShardIterator;
  }
}

function text(base64) {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
}
