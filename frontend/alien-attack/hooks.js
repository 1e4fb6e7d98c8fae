// What tests may ask of the page: a game that can be looked at and stepped from outside.
import { create, hash } from './core/game.js';

/** window.__aa: the game on the screen from outside. */
export function showHooks(flow) {
  const match = () => flow.run.value?.match ?? null;
  globalThis.__aa = {
    flow,
    get state() { return match()?.state ?? null; },
    get hash() { return match() && hash(match().state); },
    get status() { return match()?.status ?? null; },
    get sent() { return flow.run.value?.publisher.sent ?? []; },
    get perf() { return match() && { frames: match().loop.frames, work: match().loop.work }; },
    get audioState() { return flow.sound.state; },
    get startedAt() { return flow.run.value?.startedAt ?? null; },
    step(count = 1) {
      for (let done = 0; done < count; done += 1) match().step();
      match().draw(0);
    },
    reset(seed) { match().state = create(seed); },
  };
}
