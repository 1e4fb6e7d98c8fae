// The form that asks for the identity pool, and says why nobody was let in. Both pages of the lab have it.
import { AwsError } from '../lib/aws.js';
import { setText } from '../lib/dom.js';
import { t } from '../lib/i18n.js';

const KEPT = 'fogbank.wild-rydes.pool'; // in this tab, so that a reload goes on

export class Door {
  /** enter(poolId): a promise; leave(): called when the visitor, or an error, ends it. */
  constructor(root, { enter, leave }) {
    Object.assign(this, { root, enter, leave });
    this.form = this.#find('start');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.open(this.#find('pool').value.trim());
    });
    this.#find('stop').addEventListener('click', () => this.close());
    this.#find('submit').disabled = false; // before, the form would have been sent to nobody
  }

  /** Go on where this tab was before it was reloaded. */
  resume() {
    const kept = sessionStorage.getItem(KEPT);
    if (!kept) return;
    this.#find('pool').value = kept;
    this.open(kept);
  }

  async open(poolId) {
    this.#say('');
    this.#find('submit').disabled = true;
    try {
      await this.enter(poolId);
      sessionStorage.setItem(KEPT, poolId);
      setText(this.#find('watched'), poolId);
      this.#show(true);
    } catch (error) {
      this.close(error);
    }
    this.#find('submit').disabled = false;
  }

  close(error) {
    this.leave();
    sessionStorage.removeItem(KEPT);
    this.#show(false);
    if (error instanceof AwsError) this.#say(`${error.name}: ${error.message}`, hint(error));
    else if (error) this.#say(t('start.unreachable'));
  }

  #show(inside) {
    this.form.hidden = inside;
    this.#find('watching').hidden = !inside;
  }

  #say(text, more = '') {
    setText(this.#find('problem'), text);
    setText(this.#find('hint'), more);
  }

  #find(id) {
    return this.root.getElementById(id);
  }
}

function hint({ name }) {
  if (/AccessDenied/.test(name)) return t('start.hint.policy');
  if (/ResourceNotFound|NonExistentQueue|QueueDoesNotExist/.test(name)) return t('start.hint.missing');
  if (/InvalidParameter|Validation/.test(name)) return t('start.hint.form');
  return t('start.hint.other');
}
