// All screens, and the bar above those that have time for it.
import { html } from '../../vendor/htm-preact.js';
import { useEffect, useRef } from '../../vendor/hooks.js';
import '../../vendor/signals.js';
import { language, speak, t } from '../../lib/i18n.js';
import { Confirm, Forgot, Register, Reset, SignIn } from './forms.js';
import { Title } from './title.js';

const EARLY = { title: Title, register: Register, confirm: Confirm, signin: SignIn, forgot: Forgot, reset: Reset };
const LANGUAGES = { en: 'English', es: 'Español' };

export function Screens(parts) {
  const name = parts.screen.value;
  const game = parts.game.value;
  const Screen = EARLY[name] ?? game.screens[name];
  const main = useRef(null);
  const playing = name === 'countdown' || name === 'play';
  useEffect(() => {
    // A new screen starts at its top, for eyes and for screen readers; a field that wants the focus has it already.
    scrollTo(0, 0);
    if (!main.current.contains(document.activeElement)) main.current.focus({ preventScroll: true });
  }, [playing || name]);
  return html`
    ${playing ? null : html`<${Bar} ...${parts} />`}
    <main id="main" tabindex="-1" ref=${main} class=${`screen ${name}`}><${Screen} key=${playing ? 'play' : name} ...${parts} ...${game} /></main>
  `;
}

function Bar({ screen, game, account }) {
  return html`
    <header class="bar">
      <a class="home" href="../"><img src="../assets/alien.svg" alt="" width="52" height="44" /><span class="unseen">${t('home')}</span></a>
      ${screen.value === 'title' ? null : html`<p class="brand">${t('board.title')}</p>`}
      <nav class="tools">
        ${Object.entries(LANGUAGES).map(([code, name]) => code === language ? null : html`
          <button class="button quiet" type="button" lang=${code} key=${code} aria-label=${`${code.toUpperCase()}: ${name}`} onClick=${() => speak(code)}><span class="long">${name}</span><span class="short">${code.toUpperCase()}</span></button>`)}
        ${account.signedIn ? html`
          <span class="who muted"><span class="long">${t('signin.as')} </span><strong><bdi>${account.nickname}</bdi></strong></span>
          <button class="button quiet" type="button" onClick=${() => game.value?.flow.signOut()}>${t('signin.out')}</button>` : null}
      </nav>
    </header>
  `;
}
