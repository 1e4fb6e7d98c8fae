// The manager's console: sign in, open a session, START, close. The API decides who is a manager.
import { Account } from '../../lib/account.js';
import { post } from '../../lib/api.js';
import { pageConfig } from '../../lib/config.js';
import { setText } from '../../lib/dom.js';
import { t, translatePage } from '../../lib/i18n.js';
import { showSignIn } from '../board/signin.js';
import { Rows } from '../board/rows.js';
import { linkPill, linkText } from '../board/words.js';
import { ManagerFeed } from './feed.js';
import { OpenForm } from './form.js';
import { boardAddress, History, Seats, showJoining, showProjector } from './panels.js';
import { SessionCard } from './session.js';

const NAME = 'alien-attack';
const GAME = 'alien-attack/';
const LEADERS = 10;
const REDRAW = 500; // ms

translatePage();
const at = (id) => document.getElementById(id);
const config = await pageConfig();
const api = config.apis[NAME];
const account = new Account(config.cognito);
const form = new OpenForm(at('open'));
const card = new SessionCard(at);
const [seats, history, leaders] = [new Seats(at), new History(at), new Rows(at('leaders'), 'tr')];
const boards = new BroadcastChannel('fogbank.board'); // a projector's page in this browser follows to the next session
let leave = () => {};

at('sign-out').addEventListener('click', () => leave());
at('as-another').addEventListener('click', () => leave());
showJoining(at, config, GAME);
if (account.signedIn) manage();
else ask();

function only(shown) {
  for (const id of ['signin', 'forbidden', 'console']) at(id).hidden = id !== shown;
  at('account').hidden = shown === 'signin';
}

function ask(reason) {
  only('signin');
  at('banner').hidden = true;
  showSignIn(at('signin'), { account, api, reason, done: manage });
}

function manage() {
  const feed = new ManagerFeed(account, api, {
    changed: draw,
    signedOut: () => leave('signin.expired'),
    forbidden() {
      stop();
      only('forbidden');
    },
  });
  const redraw = setInterval(draw, REDRAW);
  const stop = () => { feed.stop(); clearInterval(redraw); };
  leave = (reason) => {
    stop();
    account.signOut();
    ask(reason);
  };

  form.onOpen = async (wanted) => {
    const session = await post(account, api, '/v1/manager/session', wanted);
    if (session.BoardCode) boards.postMessage({ session: session.SessionId, code: session.BoardCode });
    feed.hurry();
  };
  card.onStart = () => post(account, api, '/v1/manager/start').finally(() => feed.hurry());
  card.onClose = () => post(account, api, '/v1/manager/session', {}, 'DELETE').finally(() => feed.hurry());

  function draw() {
    if (account.signedIn) show(feed.state(navigator.onLine));
  }
  setText(at('nickname'), account.nickname);
  feed.start();
}

function show(state) {
  const { session, link, sessions } = state;
  showLink(link);
  if (session === undefined) return; // until then nobody knows whether this account may see anything
  only('console');
  const reason = link.kind === 'live' ? null : t('manager.not.live');
  const open = Boolean(session && !session.ClosingTime);
  card.show(state, reason);
  if (open) at('open').hidden = true;
  else form.show(reason);
  const known = sessions.find((one) => one.SessionId === session?.SessionId);
  showProjector(at, boardAddress(session, known?.BoardCode));
  seats.show(session ? { ...state.seats, TotalSeats: session.TotalSeats } : state.seats);
  showLeaders(state.rows);
  history.show(sessions.filter((one) => one.ClosingTime));
}

function showLink(link) {
  const { text, look } = linkPill(link);
  setText(at('link'), text);
  at('link').className = `pill ${look}`.trim();
  const trouble = linkText(link);
  setText(at('banner'), trouble);
  at('banner').hidden = !trouble;
}

function showLeaders(rows) {
  leaders.show(rows.slice(0, LEADERS).map((row, index) => ({ ...row, rank: index + 1, own: false })));
  at('mini').hidden = rows.length === 0;
  at('mini-empty').hidden = rows.length > 0;
}
