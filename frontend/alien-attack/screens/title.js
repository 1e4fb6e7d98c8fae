// The first screen: what this is, and the ways in; beside it a game that plays itself.
import { html } from '../../vendor/htm-preact.js';
import { useEffect, useRef } from '../../vendor/hooks.js';
import { t } from '../../lib/i18n.js';
import { Icon } from './icons.js';

export function Title({ play, entry, calm, options }) {
  return html`
    <section class="intro">
      <h1 class="logo"><span>ALIEN</span> <span>ATTACK</span></h1>
      <p class="lead">${t('title.lead')}</p>
      <div class="ways">
        <button class="button primary big" type="button" onClick=${() => entry.go('register')}>${t('title.register')}</button>
        <button class="button big" type="button" onClick=${() => entry.go('signin')}>${t('title.signin')}</button>
        <button class="button ghost" type="button" onClick=${async () => (await play()).flow.practise()}>${t('title.practise')}</button>
      </div>
      <p class="hint muted"><${Icon} name="sound" />${t('title.sound')}</p>
      <p class="hint muted"><${Icon} name="people" />${t('title.name')}</p>
    </section>
    <${Attract} calm=${calm || options.manual} />
  `;
}

/** A game that nobody plays, once it is here: decoration. */
function Attract({ calm }) {
  const canvas = useRef(null);
  useEffect(() => {
    let end = null;
    import('../stage/attract.js').then(({ attract }) => { if (canvas.current) end = attract(canvas.current, calm); }, () => {});
    return () => end?.();
  }, []);
  return html`<div class="attract" aria-hidden="true"><canvas ref=${canvas}></canvas></div>`;
}
