// The live board: sign in, then ask for the session and its scores again and again until signing out.
import { Account } from '../../lib/account.js';
import { pageConfig } from '../../lib/config.js';
import { translatePage } from '../../lib/i18n.js';
import { Feed } from './feed.js';
import { showSignIn } from './signin.js';
import { BoardView } from './view.js';

const NAME = 'alien-attack';
const REDRAW = 500; // ms; the age of the scores and the browser's own state change without an answer

translatePage();
const config = await pageConfig();
const api = config.apis[NAME];
const account = new Account(config.cognito);
const view = new BoardView(document);

if (account.signedIn) watch();
else ask();

function ask(reason) {
  view.hide();
  showSignIn(document.getElementById('signin'), { account, api, reason, done: watch });
}

function watch() {
  const feed = new Feed(account, api, account.manages ? 'all' : 'top', { changed: draw, signedOut: () => leave('signin.expired') });
  const redraw = setInterval(draw, REDRAW);

  function draw() {
    if (!account.signedIn) return;
    view.show({ ...feed.state(Date.now(), navigator.onLine), nickname: account.nickname, manages: account.manages });
  }
  function leave(reason) {
    feed.stop();
    clearInterval(redraw);
    account.signOut();
    ask(reason);
  }

  view.onSignOut = () => leave();
  view.onChoose = (name) => feed.choose(name);
  feed.start();
  draw();
}
