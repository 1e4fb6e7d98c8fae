// The form that opens a session, with the rules of the three types: minutes and a common start only where they count.
import { t } from '../../lib/i18n.js';
import { setText } from '../../lib/dom.js';

const TIMED = 'TIME_CONSTRAINED';
const FREE = 'MULTIPLE_TRIALS';

export class OpenForm {
  onOpen = async () => {};

  constructor(form) {
    this.form = form;
    this.at = (id) => form.querySelector(`#${id}`);
    form.addEventListener('change', () => this.#follow());
    form.addEventListener('submit', (event) => this.#submit(event));
    this.#follow();
  }

  /** reason: why nothing can be done now, or nothing. */
  show(reason) {
    this.form.hidden = false;
    this.at('open-button').disabled = Boolean(reason) || this.busy;
    this.at('open-button').title = reason ?? '';
  }

  /** The body of POST manager/session. */
  get wanted() {
    const { name, type, minutes, seats, synchronized } = this.form.elements;
    return {
      ...(name.value.trim() ? { SessionName: name.value.trim() } : {}),
      GameType: type.value,
      TotalSeats: seats.valueAsNumber,
      ...(type.value === TIMED ? { TimeoutInMinutes: minutes.valueAsNumber } : {}),
      ...(type.value === FREE ? {} : { Synchronized: synchronized.checked }),
    };
  }

  #follow() {
    const type = this.form.elements.type.value;
    this.at('minutes-field').hidden = type !== TIMED;
    this.at('minutes').disabled = type !== TIMED;
    const free = type === FREE;
    this.at('synchronized').disabled = free;
    if (free) this.at('synchronized').checked = false;
    setText(this.at('sync-hint'), t(free ? 'manager.sync.not' : 'manager.sync.about'));
  }

  async #submit(event) {
    event.preventDefault();
    setText(this.at('open-problem'), '');
    this.busy = true;
    this.at('open-button').disabled = true;
    try {
      await this.onOpen(this.wanted);
      this.at('name').value = '';
    } catch (error) {
      setText(this.at('open-problem'), problem(error));
    } finally {
      this.busy = false;
      this.at('open-button').disabled = false;
    }
  }
}

/** What went wrong with something that a manager did, in the API's words where it has some. */
export function problem(error) {
  if (error.code === 'SessionAlreadyOpen') return t('manager.problem.open');
  if (error.code === 'NoSessionOpen') return t('manager.problem.none');
  return error.body?.errorMessage ?? error.body?.message ?? t('manager.problem.away');
}
