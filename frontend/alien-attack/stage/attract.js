// A game that plays itself behind the title.
import { bot, create, step } from '../core/game.js';
import { Loop } from './loop.js';
import { Renderer } from './renderer.js';

const SEED = 20_261;
const BEGUN = 400; // ticks that are over when it is first seen

/** Draws on a canvas until the function that it returns is called. calm: one picture, for those who want less motion. */
export function attract(canvas, calm) {
  let state = create(SEED);
  for (let ticks = 0; ticks < BEGUN; ticks += 1) step(state, bot(state));
  const renderer = new Renderer(canvas, { calm });
  const advance = () => {
    step(state, bot(state));
    renderer.effects.add(state.events);
    if (state.phase === 'over') state = create(state.seed + 1);
  };
  const loop = new Loop({ step: advance, draw: (now) => renderer.draw(state, now) });
  const look = () => (document.hidden ? loop.pause() : loop.resume());
  renderer.draw(state, 0);
  if (!calm) {
    look();
    document.addEventListener('visibilitychange', look);
  }
  return () => {
    loop.pause();
    renderer.end();
    document.removeEventListener('visibilitychange', look);
  };
}
