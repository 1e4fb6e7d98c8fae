// The form that asks how to go in, and for the identity pool; it says why nobody was let in. Both pages have it.
import { AwsError } from '../lib/aws.js';
import { setText } from '../lib/dom.js';
import { t } from '../lib/i18n.js';

const KEPT = 'fogbank.wild-rydes.door'; // in this tab, so that a reload goes on

export class Door {
  /**
   * enter({way, pool}): a promise; leave(): called when the visitor, or an error, ends it. ways: those that lead in from
   * where this page was opened: "direct" (as a visitor of a pool), "push" (without); none where another machine asks.
   */
  constructor(root, { enter, leave, ways }) {
    Object.assign(this, { root, enter, leave, ways });
    this.form = this.#find('start');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.open({ way: this.#way(), pool: this.#find('pool').value.trim() });
    });
    this.form.addEventListener('change', () => this.#choose(this.#way()));
    this.#find('stop').addEventListener('click', () => this.close());
    this.#find('far').hidden = ways.includes('direct');
    this.#choose(ways.includes(this.#way()) ? this.#way() : ways[0]); // it may have been chosen while this was loading
    this.#find('submit').disabled = ways.length === 0; // until now the form would have been sent to nobody
  }

  /** Go on where this tab was before it was reloaded. */
  resume() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
    if (!kept || !this.ways.includes(kept.way)) return;
    this.#find('pool').value = kept.pool;
    this.#choose(kept.way);
    this.open(kept);
  }

  async open({ way, pool }) {
    this.#say('');
    this.#find('submit').disabled = true;
    try {
      await this.enter({ way, pool });
      sessionStorage.setItem(KEPT, JSON.stringify({ way, pool }));
      setText(this.#find('watched-how'), t(way === 'push' ? 'start.told' : 'start.watching'));
      setText(this.#find('watched'), way === 'push' ? '' : pool);
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

  #way() {
    return new FormData(this.form).get('way') ?? this.ways[0];
  }

  #choose(way) {
    for (const choice of this.form.querySelectorAll('[name="way"]')) {
      choice.disabled = !this.ways.includes(choice.value);
      choice.checked = choice.value === way;
    }
    this.#find('pool-field').hidden = way !== 'direct';
    this.#find('pool').disabled = way !== 'direct';
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
