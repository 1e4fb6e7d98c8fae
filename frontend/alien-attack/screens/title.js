// The first screen: what this is, and the ways in; beside it a game that plays itself.
import { html } from '../../vendor/htm-preact.js';
import { useEffect, useRef } from '../../vendor/hooks.js';
import { t } from '../../lib/i18n.js';
import { bot, create, step } from '../core/game.js';
import { Loop } from '../stage/loop.js';
import { Renderer } from '../stage/renderer.js';
import { Icon } from './icons.js';

export function Title({ flow, entry, calm, options }) {
  return html`
    <section class="intro">
      <h1 class="logo"><span>ALIEN</span> <span>ATTACK</span></h1>
      <p class="lead">${t('title.lead')}</p>
      <div class="ways">
        <button class="button primary big" type="button" onClick=${() => entry.go('register')}>${t('title.register')}</button>
        <button class="button big" type="button" onClick=${() => entry.go('signin')}>${t('title.signin')}</button>
        <button class="button ghost" type="button" onClick=${() => flow.practise()}>${t('title.practise')}</button>
      </div>
      <p class="hint muted"><${Icon} name="sound" />${t('title.sound')}</p>
      <p class="hint muted"><${Icon} name="people" />${t('title.name')}</p>
    </section>
    <${Attract} calm=${calm || options.manual} />
  `;
}

/** A game that nobody plays: decoration, so it stands still for those who want less motion. */
function Attract({ calm }) {
  const canvas = useRef(null);
  useEffect(() => {
    let state = create(20_261);
    for (let ticks = 0; ticks < 400; ticks += 1) step(state, bot(state));
    const renderer = new Renderer(canvas.current, { calm });
    const advance = () => {
      step(state, bot(state));
      renderer.effects.add(state.events);
      if (state.phase === 'over') state = create(state.seed + 1);
    };
    const loop = new Loop({ step: advance, draw: (now) => renderer.draw(state, now) });
    const look = () => (document.hidden ? loop.pause() : loop.resume());
    if (calm) document.fonts.ready.then(() => renderer.draw(state, 0));
    else {
      look();
      document.addEventListener('visibilitychange', look);
    }
    return () => {
      loop.pause();
      renderer.end();
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  return html`<div class="attract" aria-hidden="true"><canvas ref=${canvas}></canvas></div>`;
}
