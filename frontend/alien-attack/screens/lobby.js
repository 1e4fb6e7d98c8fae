// Before the game: which session there is, a seat in it, who else is here, and how to play.
import { html } from '../../vendor/htm-preact.js';
import { number, plural, t } from '../../lib/i18n.js';
import { isOpen, waitsForStart } from '../room/session.js';
import { Controls } from './controls.js';
import { Icon } from './icons.js';

export function Lobby(parts) {
  const { flow } = parts;
  const session = flow.session.value;
  const open = isOpen(session);
  return html`
    <div class="lounge">
      <section class="card stand" aria-labelledby="session">
        ${open ? html`<${Open} ...${parts} session=${session} />` : html`<${Nothing} flow=${flow} session=${session} />`}
      </section>
      <${Controls} ...${parts} />
      ${open ? html`<${People} flow=${flow} session=${session} />` : null}
    </div>
  `;
}

function Nothing({ flow, session }) {
  const kind = session === undefined ? 'looking' : session === null ? 'none' : 'closed';
  return html`
    <div class="radar" aria-hidden="true"><img src="../assets/alien.svg" alt="" width="78" height="66" /></div>
    <h1 id="session">${t(`lobby.${kind}.title`)}</h1>
    <p class="muted" role="status">${t(`lobby.${kind}.text`)}</p>
    ${session?.SessionId ? html`<p class="muted small">${t('lobby.last')} <bdi>${session.SessionId}</bdi></p>` : null}
    <button class="button" type="button" onClick=${() => flow.practise()}>${t('title.practise')}</button>
  `;
}

function Open({ flow, session }) {
  const refusal = flow.refusal.value;
  const waiting = flow.seated.value && waitsForStart(session);
  return html`
    <p class="pill well">${t('session.open')}</p>
    <h1 id="session"><bdi>${session.SessionId}</bdi></h1>
    <p class="muted">${t(`session.type.${session.GameType}`, { minutes: session.TimeoutInMinutes })}${session.Synchronized ? ` · ${t('lobby.together')}` : ''}</p>
    <${Seats} flow=${flow} session=${session} />
    ${refusal ? html`<p class="refusal" role="alert">${refusal.text}</p>` : null}
    ${waiting ? html`<${Waiting} flow=${flow} />` : html`<${Join} flow=${flow} refusal=${refusal} />`}
  `;
}

function Seats({ flow, session }) {
  const { occupied = null, total = session.TotalSeats } = flow.room.seats.value ?? {};
  return html`
    <div class="seats">
      <p><strong>${occupied === null ? number(total) : `${number(occupied)} / ${number(total)}`}</strong> ${t('lobby.seats')}</p>
      ${occupied === null ? null : html`<progress max=${total} value=${occupied} aria-label=${t('lobby.taken')}></progress>`}
    </div>
  `;
}

function Join({ flow, refusal }) {
  const busy = flow.busy.value;
  const final = refusal?.code === 'GamerCannotPlay';
  return html`
    <div class="ways">
      ${final ? null : html`<button class="button primary big" type="button" disabled=${busy} onClick=${() => flow.join()}>${t(busy ? 'lobby.joining' : refusal ? 'lobby.again' : 'lobby.join')}</button>`}
      <button class="button" type="button" disabled=${busy} onClick=${() => flow.practise()}>${t('lobby.alone')}</button>
    </div>
    <p class="muted small">${t('lobby.alone.hint')}</p>
  `;
}

function Waiting({ flow }) {
  return html`
    <div class="waiting" role="status">
      <span class="march" aria-hidden="true"><i></i><i></i><i></i></span>
      <div><strong>${t('lobby.waiting.title')}</strong><p class="muted">${t('lobby.waiting.text')}</p></div>
    </div>
    <div class="ways">
      <button class="button" type="button" onClick=${() => flow.practise()}>${t('lobby.alone')}</button>
      <button class="button" type="button" onClick=${() => flow.leaveSeat()}>${t('lobby.leave')}</button>
    </div>
  `;
}

/** Who has a seat, the newest first; names are text, whatever they hold. */
function People({ flow }) {
  const { names = [], occupied = 0 } = flow.room.seats.value ?? {};
  const others = Math.max(0, occupied - names.length);
  return html`
    <section class="card people" aria-labelledby="people">
      <h2 id="people"><${Icon} name="people" />${t('lobby.people')}</h2>
      ${names.length ? html`<ul class="names">${names.map((name) => html`
        <li key=${name} class=${name === flow.account.nickname ? 'own' : ''}><bdi>${name}</bdi></li>`)}
        ${others ? html`<li class="more">${t(`lobby.more.${plural(others)}`, { count: number(others) })}</li>` : null}
      </ul>` : html`<p class="muted">${t('lobby.nobody')}</p>`}
    </section>
  `;
}
