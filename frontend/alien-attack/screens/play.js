// The game: figures above it, the ten best beside it, pads below it where there are fingers.
import { html } from '../../vendor/htm-preact.js';
import { useEffect, useRef } from '../../vendor/hooks.js';
import { number, t } from '../../lib/i18n.js';
import { settings } from '../settings.js';
import { Countdown } from './countdown.js';
import { Icon } from './icons.js';
import { TopTen } from './topten.js';

export function Play({ flow, sound, audio, calm }) {
  const [canvas, pads] = [useRef(null), useRef(null)];
  const run = flow.run.value;
  useEffect(() => {
    run.match.mount(canvas.current, pads.current, calm);
    canvas.current.focus({ preventScroll: true });
    return () => run.match.unmount();
  }, [run]);
  if (!run) return null;
  const focus = (event) => { if (event.detail) canvas.current.focus({ preventScroll: true }); };
  return html`
    <div class=${run.session ? 'game' : 'game alone'} onClick=${(event) => event.target.closest('.hud-buttons') && focus(event)}>
      <h1 class="unseen">${t('board.title')}</h1>
      <${Hud} flow=${flow} run=${run} sound=${sound} audio=${audio} />
      <div class="field-frame">
        <canvas class="field-canvas" ref=${canvas} tabindex="0" role="img" aria-label=${t('play.field')}></canvas>
        <${Overlay} flow=${flow} run=${run} sound=${sound} />
      </div>
      ${run.session ? html`<${TopTen} run=${run} />` : html`<${Alone} flow=${flow} />`}
      <div class="pads" ref=${pads}>
        ${['left', 'right', 'fire'].map((name) => html`<button class=${`pad ${name}`} type="button" tabindex="-1" data-pad=${name} key=${name} aria-label=${t(`key.${name}`)}><${Icon} name=${name} /></button>`)}
      </div>
    </div>
  `;
}

function Hud({ flow, run, sound, audio }) {
  const { hud, paused } = run.match;
  return html`
    <section class="hud" aria-label=${t('hud.title')}>
      <dl class="figures">
        <div class="score"><dt>${t('board.score')}</dt><dd data-hud="score">${number(hud.score.value)}</dd></div>
        <div class="lives"><dt>${t('board.lives')}</dt><dd><span class="unseen" data-hud="lives">${hud.lives.value}</span><${Ships} count=${hud.lives.value} /></dd></div>
        <div><dt>${t('board.level')}</dt><dd data-hud="level">${hud.level.value}</dd></div>
        <div><dt>${t('board.shots')}</dt><dd data-hud="shots">${number(hud.shots.value)}</dd></div>
        ${run.session ? html`<div class="rank-figure"><dt>${t('board.rank')}</dt><dd data-hud="rank">${run.rank.value ?? '–'}</dd></div>` : null}
        ${run.left.value === null ? null : html`<div class="left"><dt>${t('hud.left')}</dt><dd data-hud="left">${clock(run.left.value)}</dd></div>`}
      </dl>
      <div class="hud-buttons">
        <${Tool} icon=${settings.value.muted ? 'muted' : 'sound'} label=${t(settings.value.muted ? 'hud.unmute' : 'hud.mute')} pressed=${settings.value.muted} act=${flow.mute} />
        <${Tool} icon=${paused.value ? 'play' : 'pause'} label=${t(paused.value ? 'hud.resume' : 'hud.pause')} pressed=${paused.value} act=${() => run.pause()} />
        <${Tool} icon="exit" label=${t('hud.quit')} act=${() => flow.quit()} />
      </div>
      ${!settings.value.muted && audio.value === 'suspended' ? html`<button class="button quiet" type="button" onClick=${() => sound.unlock()}>${t('sound.tap')}</button>` : null}
    </section>
  `;
}

function Tool({ icon, label, pressed = null, act }) {
  return html`<button class="tool" type="button" title=${label} aria-label=${label} aria-pressed=${pressed === null ? null : String(pressed)} onClick=${act}><${Icon} name=${icon} /></button>`;
}

function Ships({ count }) {
  return html`<span class="ships" aria-hidden="true">${Array.from({ length: count }, (_, index) => html`<i key=${index}></i>`)}</span>`;
}

/** What is said over the field: 3-2-1, the level, or that the game is paused. */
function Overlay({ flow, run, sound }) {
  const { phase, paused, hud } = run.match;
  if (flow.screen.value === 'countdown') return html`<${Countdown} flow=${flow} run=${run} sound=${sound} />`;
  if (paused.value) return html`
    <div class="over-field veil">
      <p class="arcade">${t('play.paused')}</p>
      <p class="muted">${t(run.session ? 'play.paused.session' : 'play.paused.alone')}</p>
      <button class="button primary" type="button" onClick=${() => run.pause()}>${t('play.resume')}</button>
    </div>`;
  if (phase.value === 'intro') return html`<div class="over-field"><p class="arcade">${t('play.level', { level: hud.level.value })}</p></div>`;
  if (run.match.phase.value === 'over') return html`<div class="over-field"><p class="arcade lost">${t('over.title')}</p></div>`;
  return null;
}

function Alone({ flow }) {
  const open = flow.session.value && !flow.session.value.ClosingTime;
  return html`
    <aside class="card alone-note">
      <h2>${t('alone.title')}</h2>
      <p class="muted">${t(open ? 'alone.open' : 'alone.text')}</p>
      <button class="button" type="button" onClick=${() => flow.quit()}>${t(flow.account.signedIn ? 'over.lobby' : 'alone.end')}</button>
    </aside>
  `;
}

function clock(ms) {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
