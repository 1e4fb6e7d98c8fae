// How to play, whether it can be heard, and what makes it easier.
import { html } from '../../vendor/htm-preact.js';
import { useState } from '../../vendor/hooks.js';
import { t } from '../../lib/i18n.js';
import { bind, change, reset, settings } from '../settings.js';
import { Icon } from './icons.js';

const KEYS = ['left', 'right', 'fire', 'pause', 'mute'];
const ARROWS = { ArrowLeft: '\u2190', ArrowRight: '\u2192', ArrowUp: '\u2191', ArrowDown: '\u2193' };

export function Controls({ sound, audio }) {
  return html`
    <section class="card controls" aria-labelledby="controls">
      <h2 id="controls">${t('controls.title')}</h2>
      <dl class="keys">${KEYS.map((name) => html`<${Key} key=${name} name=${name} />`)}</dl>
      <p class="muted small touch-hint">${t('controls.touch')}</p>
      <p class="muted small pad-hint">${t('controls.pad')}</p>
      <${Hearing} sound=${sound} audio=${audio} />
      <details>
        <summary>${t('controls.help')}</summary>
        <${Check} name="autoFire" />
        <${Check} name="slow" />
        <button class="link" type="button" onClick=${reset}>${t('controls.reset')}</button>
      </details>
    </section>
  `;
}

/** The keys of one thing; a click waits for another one. */
function Key({ name }) {
  const [waiting, wait] = useState(false);
  const listen = () => {
    wait(true);
    addEventListener('keydown', (event) => {
      event.preventDefault();
      wait(false);
      if (event.code !== 'Escape') bind(name, event.code);
    }, { once: true });
  };
  const codes = settings.value.keys[name];
  return html`
    <div>
      <dt>${t(`key.${name}`)}</dt>
      <dd><button class="keycaps" type="button" onClick=${listen} aria-label=${t('key.change', { name: t(`key.${name}`), keys: codes.map(keyName).join(', ') })}>
        ${waiting ? t('key.press') : codes.map((code) => html`<kbd key=${code}>${keyName(code)}</kbd>`)}
      </button></dd>
    </div>
  `;
}

/** Sound: on or off, how loud, and whether the browser lets it be heard. */
export function Hearing({ sound, audio }) {
  const { muted, volume } = settings.value;
  const heard = audio.value === 'running';
  const check = async () => {
    change({ muted: false });
    await sound.unlock();
    audio.value = sound.state;
    sound.play('shoot');
  };
  const state = muted ? 'muted' : heard ? 'on' : 'off';
  return html`
    <div class="hearing">
      <button class="button quiet" type="button" onClick=${check}><${Icon} name=${muted ? 'muted' : 'sound'} />${t('sound.check')}</button>
      <span class=${`pill ${state === 'on' ? 'well' : ''}`} role="status">${t(`sound.${state}`)}</span>
      <label class="volume">${t('sound.volume')} <input type="range" min="0" max="1" step="0.05" value=${volume} onInput=${(event) => change({ volume: Number(event.target.value), muted: false })} /></label>
    </div>
  `;
}

function Check({ name }) {
  return html`<label class="check"><input type="checkbox" checked=${settings.value[name]} onChange=${(event) => change({ [name]: event.target.checked })} /> <span>${t(`assist.${name}`)}</span></label>`;
}

function keyName(code) {
  return ARROWS[code] ?? (code === 'Space' ? t('key.space') : code.replace(/^(Key|Digit)/, ''));
}
