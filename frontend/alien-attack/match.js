// One game from its first tick to its last post.
import { batch, signal } from '../vendor/signals.js';
import { IDLE, bot, create, status, step } from './core/game.js';
import { Input } from './stage/input.js';
import { Loop } from './stage/loop.js';
import { Renderer } from './stage/renderer.js';

const SLOW = 0.75;

/**
 * seed; practice: nothing is posted, and it may be slow; settings(): the player's; sound: a Sound; autopilot: a bot plays; manual: only tests step.
 * on: {over(reason), said(key, vars), pause(), mute()}; reason is lives, closed or deadline.
 */
export class Match {
  #stage = null; // what exists while the canvas is on the screen

  constructor({ seed, practice, settings, sound, autopilot = false, manual = false, on }) {
    Object.assign(this, { seed, practice, settings, sound, autopilot, manual, on, reason: null });
    this.state = create(seed);
    this.hud = { score: signal(0), lives: signal(this.state.lives), shots: signal(0), level: signal(1) };
    this.phase = signal('play'); // of the game's state
    this.paused = signal(false);
    this.loop = new Loop({ step: () => this.step(), draw: (now) => this.draw(now), pace: practice && settings().slow ? SLOW : 1 });
  }

  /** The game appears on a canvas; pads: the buttons for fingers. */
  mount(canvas, pads, calm) {
    const input = new Input({ canvas, pads, settings: this.settings, on: this.on });
    this.#stage = { renderer: new Renderer(canvas, { calm }), input };
    this.draw(0);
  }

  unmount() {
    this.loop.pause();
    this.#stage?.renderer.end();
    this.#stage?.input.end();
    this.#stage = null;
  }

  /** {Lives, Score, Shots, Level} now. */
  get status() { return status(this.state); }
  get over() { return this.reason !== null; }

  run() {
    this.paused.value = false;
    if (!this.manual) this.loop.resume();
  }

  pause() {
    this.paused.value = true;
    this.loop.pause();
  }

  pauseIfRunning() {
    if (this.loop.running && !this.over) this.pause();
  }

  step() {
    if (this.over) return;
    step(this.state, this.autopilot ? bot(this.state) : (this.#stage?.input.read() ?? IDLE));
    this.sound.heed(this.state.events);
    this.#stage?.renderer.effects.add(this.state.events);
    this.#tell();
    if (this.state.phase === 'over') this.end('lives');
  }

  draw(now) {
    this.#stage?.renderer.draw(this.state, now);
  }

  /** Ends it; the score stays as it is. */
  end(reason) {
    if (this.over) return;
    this.reason = reason;
    if (reason !== 'lives') this.loop.pause(); // else the last explosion is still to be seen
    this.on.over(reason);
  }

  #tell() {
    const { hud, state } = this;
    for (const { type } of state.events) {
      if (type === 'clear') this.on.said('say.level', { level: state.level });
      if (type === 'hit' && state.lives > 0) this.on.said(`say.hit.${state.lives === 1 ? 'one' : 'other'}`, { lives: state.lives });
    }
    batch(() => {
      for (const name of Object.keys(hud)) hud[name].value = state[name];
      this.phase.value = state.phase;
    });
  }
}
