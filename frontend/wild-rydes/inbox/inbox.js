// What is in the inbox: messages of a queue, read without taking them away, until somebody has seen to them.
import { Aws } from '../../lib/aws.js';
import { repeat } from '../../lib/repeat.js';
import { Visitor } from '../../lib/visitor.js';

export const QUEUE = 'wildrydes-inbox';
const EVERY = 2000; // ms between two looks
const HIDDEN = 1; // seconds for which a look hides a message from the next one
const AT_ONCE = 10; // messages in an answer
const MOST = 20; // answers in a look

/** changed() is called after each look, failed(error) after one that failed. */
export class Inbox {
  #letters = new Map();
  #looks = null;
  #url = null;

  constructor({ sqs, cognito, region, poolId, changed, failed }) {
    const visitor = new Visitor(cognito, region, poolId);
    Object.assign(this, { changed, failed, api: new Aws('sqs', sqs, region, () => visitor.credentials()) });
  }

  /** Throws what AWS answers when it lets nobody in. */
  async start() {
    this.#url = (await this.api.call('GetQueueUrl', { QueueName: QUEUE })).QueueUrl;
    this.#looks = repeat(() => this.#look().catch((error) => {
      this.failed(error);
      throw error; // so that the next look comes later
    }), () => EVERY);
  }

  stop() {
    this.#looks?.end();
    this.#looks = null;
  }

  /** The letters, newest first: {id, subject, alert, sent: ms}. */
  letters() {
    return [...this.#letters.values()].sort((a, b) => b.sent - a.sent);
  }

  /** Somebody has seen to it: the message is deleted. */
  async done(id) {
    const letter = this.#letters.get(id);
    if (!letter) return;
    await this.api.call('DeleteMessage', { QueueUrl: this.#url, ReceiptHandle: letter.receipt });
    this.#letters.delete(id);
    this.changed();
  }

  async #look() {
    for (let answers = 0; answers < MOST && this.#looks; answers += 1) {
      const { Messages: messages = [] } = await this.api.call('ReceiveMessage', {
        QueueUrl: this.#url, MaxNumberOfMessages: AT_ONCE, VisibilityTimeout: HIDDEN, MessageSystemAttributeNames: ['SentTimestamp'],
      });
      for (const message of messages) this.#letters.set(message.MessageId, letter(message));
      if (messages.length === 0) break;
    }
    if (this.#looks) this.changed();
  }
}

function letter({ MessageId: id, ReceiptHandle: receipt, Body: body, Attributes: attributes = {} }) {
  const envelope = parsed(body) ?? {};
  const sent = Number(attributes.SentTimestamp) || Date.parse(envelope.Timestamp) || 0;
  return { id, receipt, sent, subject: envelope.Subject ?? '', alert: parsed(envelope.Message) ?? {} };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
