// The gamer's page: finds out where things are, and shows the screen that it is time for.
import { effect, signal } from '../vendor/signals.js';
import { html, render } from '../vendor/htm-preact.js';
import { Account } from '../lib/account.js';
import { Banner } from '../lib/banner.js';
import { pageConfig } from '../lib/config.js';
import { t, translatePage } from '../lib/i18n.js';
import { Announcer } from './announcer.js';
import { Entry } from './entry.js';
import { Flow } from './flow.js';
import { optionsOf, showHooks } from './hooks.js';
import { Screens } from './screens/screens.js';
import { change, settings } from './settings.js';
import { Sound } from './stage/sound.js';

const NAME = 'alien-attack';
const REDRAW = 1000; // ms; the age of what is shown changes without news

translatePage();
const config = await pageConfig();
const options = optionsOf(config, location.search);
const account = new Account(config.cognito);
const api = config.apis[NAME];
const sound = new Sound(settings.peek());
const announcer = new Announcer(document.getElementById('say'));
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;

const flow = new Flow({ account, api, sound, options, settings: () => settings.value, announce: announcer.say });
const entry = new Entry({ account, api, go: (screen) => { flow.screen.value = screen; }, entered: () => flow.enter() });
flow.onExpired = () => entry.go('signin', t('signin.expired'));
flow.mute = () => change({ muted: !settings.value.muted });

effect(() => sound.set(settings.value));
document.addEventListener('visibilitychange', () => { if (document.hidden) flow.run.value?.match.pauseIfRunning(); });
watchTheNet();

const inbox = config.inbox ?? null;
const audio = signal(sound.state);
setInterval(() => { audio.value = sound.state; }, REDRAW / 2);
render(html`<${Screens} flow=${flow} entry=${entry} account=${account} sound=${sound} audio=${audio} calm=${calm} inbox=${inbox} options=${options} />`, document.getElementById('app'));
if (options.hooks) showHooks(flow);
if (account.signedIn) flow.enter();

function watchTheNet() {
  const banner = new Banner(document.getElementById('net'));
  const show = () => {
    const { kind, status, since } = flow.room.link.value;
    const silent = kind === 'connecting' || !account.signedIn;
    banner.show({ kind: silent ? 'live' : kind, status, seconds: (Date.now() - since) / 1000 });
  };
  effect(show);
  setInterval(show, REDRAW);
}
