// The gamer's page: the title and the forms first, which are small; the game itself comes while they are looked at.
import { signal } from '../vendor/signals.js';
import { html, render } from '../vendor/htm-preact.js';
import { Account } from '../lib/account.js';
import { pageConfig } from '../lib/config.js';
import { t, translatePage } from '../lib/i18n.js';
import { insist } from '../lib/repeat.js';
import { Entry } from './entry.js';
import { optionsOf } from './options.js';
import { Screens } from './screens/screens.js';

const NAME = 'alien-attack';

translatePage();
const config = await pageConfig();
const options = optionsOf(config, location.search);
const account = new Account(config.cognito);
const api = config.apis[NAME];
const screen = signal('title');
const game = signal(null); // what playing.js opens, once it is here
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
const entry = new Entry({ account, api, go: (name) => { screen.value = name; }, entered: async () => (await play()).flow.enter() });
const expired = () => entry.go('signin', t('signin.expired'));
let coming = null;

render(html`<${Screens} ...${{ screen, game, play, entry, account, calm, options, inbox: config.inbox ?? null }} />`, document.getElementById('app'));
if (account.signedIn) (await play()).flow.enter();
else if (document.readyState === 'complete') play();
else addEventListener('load', play, { once: true });

/** The game, loaded when it is first asked for; what does not arrive is asked for again. */
function play() {
  coming ??= insist(() => import('./playing.js')).then(({ open }) => {
    game.value = open({ account, api, screen, options, expired });
    return game.value;
  });
  return coming;
}
