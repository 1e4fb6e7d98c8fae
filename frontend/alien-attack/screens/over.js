// The end: why, how well it went, and what may come next.
import { html } from '../../vendor/htm-preact.js';
import { useLayoutEffect, useRef } from '../../vendor/hooks.js';
import { number, t } from '../../lib/i18n.js';
import { playsAgain } from '../room/session.js';
import { TopTen } from './topten.js';

export function Over({ flow, account }) {
  const run = flow.run.value;
  const first = useRef(null);
  useLayoutEffect(() => first.current?.focus(), []);
  if (!run) return null;
  const { reason, state } = run.match;
  const again = run.session ? playsAgain(flow.session.value) : true;
  const posted = run.posted.value;
  return html`
    <div class=${run.session ? 'result' : 'result alone'}>
      <section class="card verdict" aria-labelledby="verdict">
        <h1 class="arcade" id="verdict">${t(reason === 'lives' ? 'over.title' : `over.${reason}.title`)}</h1>
        ${reason === 'lives' ? null : html`<p class="muted">${t(`over.${reason}.text`)}</p>`}
        <p class="final"><span class="muted">${t('board.score')}</span><strong>${number(state.score)}</strong></p>
        <dl class="facts">
          ${run.session ? html`<${Fact} name=${t('board.rank')} value=${run.rank.value ?? t('over.below')} />` : null}
          <${Fact} name=${t('board.level')} value=${state.level} />
          <${Fact} name=${t('over.kills')} value=${number(state.kills)} />
          <${Fact} name=${t('board.shots')} value=${number(state.shots)} />
          <${Fact} name=${t('over.aim')} value=${aim(state)} />
        </dl>
        <p class="muted small" role="status">${t(run.session ? `over.post.${posted === null ? 'sending' : posted ? 'taken' : 'refused'}` : 'over.alone')}</p>
        <div class="ways">
          ${again ? html`<button class="button primary big" type="button" ref=${first} disabled=${flow.busy.value} onClick=${() => (run.session ? flow.join() : flow.practise())}>${t('over.again')}</button>` : null}
          <button class="button" type="button" ref=${again ? null : first} onClick=${() => flow.back()}>${t(account.signedIn ? 'over.lobby' : 'alone.end')}</button>
        </div>
        ${flow.refusal.value ? html`<p class="refusal" role="alert">${flow.refusal.value.text}</p>` : null}
      </section>
      ${run.session ? html`<${TopTen} run=${run} />` : null}
    </div>
  `;
}

function Fact({ name, value }) {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function aim({ kills, shots }) {
  return `${shots ? Math.round((100 * kills) / shots) : 0} %`;
}
