// All that is needed to play, opened once: the flow between the screens, the sound, and the lines that tell of both.
import { effect, signal } from '../vendor/signals.js';
import { Awake } from '../lib/awake.js';
import { Banner } from '../lib/banner.js';
import { Announcer } from './announcer.js';
import { Flow } from './flow.js';
import { showHooks } from './hooks.js';
import { Lobby } from './screens/lobby.js';
import { Over } from './screens/over.js';
import { Play } from './screens/play.js';
import { change, settings } from './settings.js';
import { Sound } from './stage/sound.js';

const WATCHED = new Set(['countdown', 'play']);
const LOOK = 500; // ms; what changes without an event: the age of news, and whether sound may be heard

/** {flow, sound, audio: a signal of sound.state, screens: {name: component}}. expired(): the sign-in has run out. */
export function open({ account, api, screen, options, expired }) {
  const sound = new Sound(settings.peek());
  const audio = signal(sound.state);
  const announcer = new Announcer(document.getElementById('say'));
  const mute = () => change({ muted: !settings.value.muted });
  const flow = new Flow({ account, api, screen, sound, options, expired, mute, settings: () => settings.value, announce: announcer.say });
  const tellNet = netBanner(flow, account);
  const awake = new Awake();
  effect(() => sound.set(settings.value));
  effect(tellNet);
  effect(() => awake.set(flow.seated.value || WATCHED.has(screen.value)));
  setInterval(() => {
    audio.value = sound.state;
    tellNet();
  }, LOOK);
  document.addEventListener('visibilitychange', () => { if (document.hidden) flow.run.value?.match.pauseIfRunning(); });
  if (options.hooks) showHooks(flow);
  return { flow, sound, audio, screens: { lobby: Lobby, countdown: Play, play: Play, over: Over } };
}

/** A function that says how the link is, for now. */
function netBanner(flow, account) {
  const banner = new Banner(document.getElementById('net'));
  return () => {
    const { kind, status, since } = flow.room.link.value;
    const silent = kind === 'connecting' || !account.signedIn;
    banner.show({ kind: silent ? 'live' : kind, status, seconds: (Date.now() - since) / 1000 });
  };
}
