// Which screen is next: from the lobby through countdown and game to its end, and all the ways out of it.
import { computed, effect, signal, untracked } from '../vendor/signals.js';
import { SignedOut } from '../lib/account.js';
import { ApiError } from '../lib/api.js';
import { ask } from '../lib/dialog.js';
import { t } from '../lib/i18n.js';
import { Room } from './room/room.js';
import { Seat } from './room/seat.js';
import { deadlineOf, isOpen, seedOf, startOf, waitsForStart } from './room/session.js';
import { Run } from './run.js';

const COUNT = 3000; // ms of 3-2-1
const LATE = 2000; // ms after START; who comes later is asked
const LAST_LOOK = 1300; // ms at the last explosion

/**
 * screen: a signal of title, register, confirm, signin, forgot, reset, lobby, countdown, play or over.
 * settings(): the player's; announce(key, vars): for screen readers; expired(): somebody has to sign in again; mute().
 */
export class Flow {
  refusal = signal(null); // why there was no seat: {code, text}
  busy = signal(false);
  seated = signal(false);
  startAt = signal(null); // epoch ms of the server
  run = signal(null); // the game that is on
  trial = 0;
  finishing = null; // a promise of a last post
  #timer = null;
  #told = false; // that the sign-in has run out
  #question = null; // an AbortController of the question on the screen

  constructor({ account, api, screen, sound, settings, options, announce, expired, mute }) {
    Object.assign(this, { account, api, screen, sound, settings, options, announce, onExpired: expired, mute });
    this.room = new Room(account, api, {
      start: (message) => this.#started(message),
      closed: () => this.#closed(),
      signedOut: () => this.expired(),
    });
    this.seat = new Seat(account, api, () => this.room.socket.live || this.run.value?.posting === true);
    this.session = computed(() => this.room.session.value);
    effect(() => {
      const session = this.room.session.value;
      untracked(() => this.#follow(session));
    });
    addEventListener('pagehide', () => this.seat.leaveForGood());
    addEventListener('pageshow', (event) => { if (event.persisted) this.#comeBack(); });
  }

  /** Somebody is signed in: back to where they were, or to the lobby. */
  enter() {
    const run = this.run.value;
    this.#told = false;
    this.room.start();
    if (run && run.nickname === this.account.nickname) this.screen.value = run.match.over ? 'over' : 'play';
    else this.#lobby();
  }

  /** The sign-in has run out; what was going on waits, and goes on trying: whoever is at the form is told once. */
  expired() {
    if (this.#told) return;
    this.#told = true;
    this.run.value?.match.pause();
    this.#question?.abort();
    this.room.stop();
    this.onExpired();
  }

  async signOut() {
    await this.#leaveSeat();
    this.run.value?.publisher.stop();
    this.#endRun();
    this.room.stop();
    this.account.signOut();
    this.screen.value = 'title';
  }

  /** Takes a seat, from a click: sound may start now. */
  async join() {
    this.sound.unlock();
    const session = this.session.value;
    if (this.busy.value || !isOpen(session)) return;
    this.refusal.value = null;
    this.busy.value = true;
    try {
      await this.finishing; // the last post of the game before, or it would end this one
      await this.seat.take(session.SessionId);
      this.seated.value = true;
      if (await this.#mayStart(this.session.value)) this.#proceed(this.session.value);
      else await this.#leaveSeat();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.busy.value = false;
    }
  }

  /** A game for nobody but oneself. */
  async practise() {
    this.sound.unlock();
    await this.#leaveSeat();
    const seed = this.options.seed ?? Math.floor(Math.random() * 2 ** 31);
    this.#begin({ at: Date.now() + COUNT, seed, session: null });
  }

  /** Out of the game that is on, after a question. */
  async quit() {
    const { match, session } = this.run.value;
    match.pause();
    const sure = await this.#ask({ title: t('quit.title'), text: t(session ? 'quit.text' : 'quit.practice'), yes: t('quit.yes'), no: t('quit.no') });
    if (!sure) return match.over || match.run();
    await this.#leaveSeat();
    this.#lobby();
  }

  async leaveSeat() {
    await this.#leaveSeat();
  }

  /** From the end of a game. */
  back() {
    this.#lobby();
  }

  #lobby() {
    this.#endRun();
    this.screen.value = this.account.signedIn ? 'lobby' : 'title';
    this.#follow(this.session.peek());
  }

  async #leaveSeat() {
    this.seated.value = false;
    await this.seat.leave();
  }

  #endRun() {
    clearTimeout(this.#timer);
    this.run.value?.end();
    this.run.value = null;
    this.startAt.value = null;
    this.room.watch(false);
  }

  /** The session is another one, or has started, or is over. */
  #follow(session) {
    if (session === undefined || !this.seat.taken) return;
    if (!isOpen(session) || session.SessionId !== this.seat.session) this.#closed();
    else if (this.screen.peek() === 'lobby' && !this.busy.peek()) this.#proceed(session);
  }

  #proceed(session) {
    if (waitsForStart(session)) return;
    this.#begin({ at: startOf(session) ?? this.room.clock.now() + COUNT, seed: seedOf(session, (this.trial += 1)), session });
  }

  /** START through the socket; a bare one says nothing of time and seed. */
  #started({ startAt, seed, deadline }) {
    const session = this.session.value;
    if (!session) return;
    const at = startAt ?? startOf(session) ?? this.room.clock.now() + COUNT;
    const told = { StartAt: at, ...(Number.isInteger(seed) ? { Seed: seed } : {}), ...(deadline ? { Deadline: deadline } : {}) };
    this.room.session.value = { ...session, SynchronizeTime: session.SynchronizeTime ?? new Date(at).toISOString(), ...told };
  }

  async #mayStart(session) {
    const at = startOf(session);
    if (at === null || this.room.clock.now() - at < LATE) return true;
    return this.#ask({ title: t('late.title'), text: t('late.text'), yes: t('late.yes'), no: t('late.no') });
  }

  #begin({ at, seed, session }) {
    this.#endRun();
    const run = new Run(this, { seed: this.options.seed ?? seed, session, deadline: deadlineOf(session) });
    this.run.value = run;
    this.startAt.value = at;
    this.screen.value = 'countdown';
    this.room.watch(session !== null);
    this.#timer = setTimeout(() => this.#play(run), Math.max(0, at - run.now()));
  }

  #play(run) {
    this.screen.value = 'play';
    this.announce('say.go');
    run.start();
  }

  /** The game on the screen is over; called by it. */
  over(reason) {
    if (reason !== 'lives') this.#question?.abort();
    this.#timer = setTimeout(() => {
      if (this.screen.value === 'play') this.screen.value = 'over';
    }, reason === 'lives' ? LAST_LOOK : 0);
  }

  #closed() {
    this.#question?.abort();
    this.seat.forget();
    this.seated.value = false;
    const run = this.run.value;
    if (run?.session && !run.match.over) {
      if (this.screen.value === 'countdown') this.#lobby();
      else run.match.end('closed');
    }
    this.room.refresh();
  }

  async #comeBack() {
    try {
      if (await this.seat.comeBack()) this.seated.value = true;
    } catch (error) {
      this.#refused(error);
      this.#lobby();
    }
  }

  #refused(error) {
    this.seated.value = this.seat.taken;
    if (error instanceof SignedOut) return this.expired();
    const code = error instanceof ApiError ? error.code : null;
    const known = ['NoSeatsAvailable', 'GamerCannotPlay', 'SessionNotOpen'].includes(code);
    const text = known ? t(`refusal.${code}`) : (error.body?.errorMessage ?? t('refusal.unreachable'));
    this.refusal.value = { code, text };
    this.room.refresh();
  }

  #ask(question) {
    this.#question = new AbortController();
    return ask({ ...question, signal: this.#question.signal });
  }
}
