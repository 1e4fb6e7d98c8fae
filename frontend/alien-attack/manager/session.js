// The session that is open: its facts and clock, START, and closing.
import { ask } from '../../lib/dialog.js';
import { element, setText } from '../../lib/dom.js';
import { number, t } from '../../lib/i18n.js';
import { clockFigure, sessionFacts, sessionPill } from '../board/words.js';
import { problem } from './form.js';

export class SessionCard {
  onStart = async () => {};
  onClose = async () => {};
  #busy = false;
  #state = null;
  #said = null; // the session that the result line is about
  #open = null; // the id of the session that is open
  #question = null; // an AbortController of the question on the screen

  constructor(at) {
    this.at = at;
    at('start').addEventListener('click', () => this.#act(() => this.#start()));
    at('close').addEventListener('click', () => this.#act(() => this.#close()));
  }

  /** reason: why nothing can be done now, or nothing. */
  show(state, reason) {
    this.#state = state;
    const { session, seats, time } = state;
    const { text, look } = sessionPill(session);
    setText(this.at('session-state'), text);
    this.at('session-state').className = `pill ${look}`.trim();
    const open = Boolean(session && !session.ClosingTime);
    this.#follow(open ? session.SessionId : null);
    this.at('session-open').hidden = !open;
    if (!open) return;
    if (this.#said !== session.SessionId) this.#say('', session.SessionId);
    setText(this.at('session-name'), session.SessionId);
    setText(this.at('session-facts'), sessionFacts(session));
    this.#showFigures(session, seats, time);
    this.#showButtons(session, time, reason);
  }

  #showFigures(session, seats, time) {
    const clock = clockFigure(session, time) ?? { value: t('manager.waits'), label: t('manager.clock') };
    const facts = [
      { ...clock, name: 'clock' },
      { value: `${number(seats.OccupiedSeats)} / ${number(session.TotalSeats)}`, label: t('manager.taken') },
      { value: number(seats.Connections), label: t('manager.connections') },
    ];
    const list = this.at('figures');
    while (list.children.length < facts.length) list.append(element('div', {}, element('dt'), element('dd', { class: 'number' })));
    facts.forEach(({ value, label, name = '', soon = false }, index) => {
      list.children[index].className = `${name}${soon ? ' soon' : ''}`;
      setText(list.children[index].firstChild, label);
      setText(list.children[index].lastChild, value);
    });
  }

  #showButtons(session, time, reason) {
    const why = reason ?? whyNotStart(session, time);
    this.at('start').disabled = this.#busy || Boolean(why);
    this.at('close').disabled = this.#busy || Boolean(reason);
    setText(this.at('start-why'), why ?? t('manager.start.about'));
  }

  /** A question is about the session that was open when it was asked: a yes would hit whichever is open now. */
  #follow(id) {
    if (id !== this.#open) this.#question?.abort();
    this.#open = id;
  }

  #ask(question) {
    this.#question = new AbortController();
    return ask({ ...question, signal: this.#question.signal });
  }

  async #act(work) {
    this.#busy = true;
    try {
      await work();
    } catch (error) {
      this.#say(problem(error));
    } finally {
      this.#busy = false;
    }
  }

  async #start() {
    const { seats } = this.#state;
    const counts = { connected: number(seats.Connections), seated: number(seats.OccupiedSeats) };
    const sure = await this.#ask({ title: t('manager.start.sure'), text: t('manager.start.counts', counts), yes: t('manager.start') });
    if (!sure) return;
    const { sent, stale } = await this.onStart();
    this.#say(t('manager.start.sent', { sent: number(sent), stale: number(stale) }));
  }

  async #close() {
    const id = this.#state.session.SessionId;
    const sure = await this.#ask({
      title: t('manager.close.sure'),
      text: t('manager.close.about', { session: id }),
      yes: t('manager.close'),
      typed: t('manager.close.word'),
      danger: true,
    });
    if (!sure) return;
    this.#say(t('manager.close.last'));
    await this.onClose();
  }

  #say(text, about = this.#state?.session?.SessionId) {
    this.#said = about;
    setText(this.at('result'), text);
  }
}

/** In words, or nothing when START can be pressed. */
function whyNotStart(session, time) {
  if (!session.Synchronized) return t('manager.start.alone');
  if (!session.StartAt && !session.SynchronizeTime) return null;
  return session.StartAt > time ? t('manager.start.counting') : t('manager.start.done');
}
