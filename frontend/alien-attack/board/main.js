// The live board. With a session and its code in the address it is the projector's, and nobody signs in; else sign in.
// The manager's page in the same browser leads it from one session to the next.
import { Account } from '../../lib/account.js';
import { Awake } from '../../lib/awake.js';
import { pageConfig } from '../../lib/config.js';
import { translatePage } from '../../lib/i18n.js';
import { Feed } from './feed.js';
import { offerFullScreen, onKey } from './screen.js';
import { showSignIn } from './signin.js';
import { BoardView } from './view.js';

const NAME = 'alien-attack';
const GAME = 'alien-attack/';
const REDRAW = 250; // ms; clocks, the age of the scores and the browser's own state change without an answer

translatePage();
const config = await pageConfig();
const api = config.apis[NAME];
const account = new Account(config.cognito);
const view = new BoardView(document, config, GAME);
const awake = new Awake();
const asked = Object.fromEntries(new URLSearchParams(location.search));

offerFullScreen(document.getElementById('fullscreen'), 'f');
document.getElementById('spotlight').addEventListener('click', spotlight);
onKey('s', spotlight);
if ('spotlight' in asked) view.spotlight(true);

if (asked.session && asked.code) project();
else if (account.signedIn) watch();
else ask();

function spotlight() {
  view.spotlight(!view.field.spotlight);
}

async function project() {
  const { ProjectorFeed } = await import('./projector.js'); // of no use to who signs in
  const feed = new ProjectorFeed(api, { sessionId: asked.session, code: asked.code }, { changed: draw });
  awake.set(true);
  new BroadcastChannel('fogbank.board').onmessage = ({ data: { session, code } }) => {
    if (session !== asked.session) location.replace(`?${new URLSearchParams({ session, code })}`);
  };
  function draw() {
    view.show(feed.state(Date.now(), navigator.onLine));
  }
  feed.start();
  setInterval(draw, REDRAW);
  draw();
}

function ask(reason) {
  view.hide();
  showSignIn(document.getElementById('signin'), { account, api, reason, done: watch });
}

function watch() {
  const feed = new Feed(account, api, account.manages ? 'all' : 'top', { changed: draw, signedOut: () => leave('signin.expired') });
  const redraw = setInterval(draw, REDRAW);

  function draw() {
    if (!account.signedIn) return;
    const now = Date.now();
    view.show({ ...feed.state(now, navigator.onLine), time: now, nickname: account.nickname, manages: account.manages });
  }
  function leave(reason) {
    awake.set(false);
    feed.stop();
    clearInterval(redraw);
    account.signOut();
    ask(reason);
  }

  view.onSignOut = () => leave();
  view.onChoose = (name) => feed.choose(name);
  awake.set(true);
  feed.start();
  draw();
}
