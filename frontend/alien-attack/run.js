// A game that counts, or one for practice: the match, its posts, its deadline, and what is left of it at the end.
import { computed, effect, signal } from '../vendor/signals.js';
import { SignedOut } from '../lib/account.js';
import { post } from '../lib/api.js';
import { Match } from './match.js';
import { Publisher } from './room/publish.js';
import { overlaid } from './room/top.js';

const LOOK_AGAIN = 3000; // ms between two looks at why posts are refused

/** flow: the Flow that it belongs to; session: null for practice; deadline: epoch ms of the server, or null. */
export class Run {
  posted = signal(null); // of the last post: null while it is on its way, then whether it was taken
  left = signal(null); // ms until the deadline
  #ticking = null;
  #looked = 0;
  #hush = null; // ends the news of the rank

  constructor(flow, { seed, session, deadline }) {
    Object.assign(this, { flow, session, deadline, nickname: flow.account.nickname });
    const { settings, sound, options } = flow;
    this.match = new Match({
      seed, sound, settings, practice: session === null, autopilot: options.bot, manual: options.manual,
      on: { over: (reason) => this.#over(reason), said: flow.announce, pause: () => this.pause(), mute: flow.mute },
    });
    this.publisher = new Publisher({
      read: () => this.#status(),
      post: (status) => this.#post(status),
      on: { taken: () => {}, refused: () => this.#lookAgain() },
    });
    this.#tick();
    this.#ticking = setInterval(() => this.#tick(), 250);
    const { hud } = this.match;
    this.rows = computed(() => {
      const [top, own] = [flow.room.top.value, { Nickname: this.nickname, Score: hud.score.value, Lives: hud.lives.value, Shots: hud.shots.value, Level: hud.level.value }];
      return this.session ? overlaid(top?.rows ?? [], own, top?.before) : [];
    });
    this.rank = computed(() => this.rows.value.find((row) => row.own)?.rank ?? null);
    this.#hush = effect(() => {
      const rank = this.rank.value;
      if (this.posting && rank !== null) flow.announce('say.rank', { rank });
    });
  }

  /** Whether posts keep the seat. */
  get posting() { return this.session !== null && this.started === true && !this.match.over; }

  /** By the clock that the game starts and ends by: the server's, or this machine's in practice. */
  now() {
    return this.session ? this.flow.room.clock.now() : Date.now();
  }

  start() {
    this.started = true;
    this.startedAt = Date.now();
    if (this.session) this.publisher.start();
    if (document.hidden) this.match.pause();
    else this.match.run();
  }

  /** Pauses the game, or goes on with it; what else runs, runs on. */
  pause() {
    if (!this.started || this.match.over) return;
    if (this.match.paused.value) this.match.run();
    else this.match.pause();
  }

  /** Off the screen. A last post that is still on its way goes on until it is taken. */
  end() {
    this.#hush();
    clearInterval(this.#ticking);
    if (!this.finishing) this.publisher.stop();
    this.match.unmount();
  }

  #tick() {
    if (this.deadline === null) return;
    this.left.value = Math.max(0, this.deadline - this.now());
    if (this.left.value === 0 && this.started) this.match.end('deadline');
  }

  #status() {
    const Timestamp = new Date(this.flow.room.clock.now()).toISOString();
    return { SessionId: this.session.SessionId, Nickname: this.nickname, ...this.match.status, Timestamp };
  }

  async #post(status) {
    try {
      await post(this.flow.account, this.flow.api, '/v1/updatestatus', status);
      this.flow.room.posted();
    } catch (error) {
      if (error instanceof SignedOut) this.#signedOut();
      else this.flow.room.posted(error);
      throw error;
    }
  }

  #signedOut() {
    if (this.flow.run.value === this) this.flow.expired();
    else this.publisher.stop(); // and nobody is there any more
  }

  /** Posts are refused: is the session over, or is the seat somebody else's? */
  async #lookAgain() {
    if (this.match.over || Date.now() - this.#looked < LOOK_AGAIN) return;
    this.#looked = Date.now();
    this.flow.room.refresh();
    if (this.flow.seat.taken) await this.flow.seat.take(this.session.SessionId).catch(() => {});
  }

  async #over(reason) {
    clearInterval(this.#ticking);
    this.flow.over(reason);
    if (!this.session) return;
    if (reason === 'closed') {
      this.publisher.stop();
      this.posted.value = false;
      return;
    }
    this.finishing = this.publisher.finish();
    this.flow.finishing = this.finishing;
    this.posted.value = await this.finishing;
    this.flow.seated.value = false;
    this.flow.seat.forget(); // the last post freed it
  }
}
