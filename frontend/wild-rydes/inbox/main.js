// The inbox: who needs looking after, as the alerts' topic has told.
import { AwsError } from '../../lib/aws.js';
import { pageConfig } from '../../lib/config.js';
import { element, setText } from '../../lib/dom.js';
import { t, translatePage } from '../../lib/i18n.js';
import { Door } from '../door.js';
import { Inbox } from './inbox.js';

const TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

const find = (id) => document.getElementById(id);
translatePage();
const config = await pageConfig();
let inbox = null;

new Door(document, { enter, leave, ways: config.endpoints.sqs ? ['direct'] : [] }).resume();
show();

async function enter({ pool: poolId }) {
  inbox = new Inbox({ sqs: config.endpoints.sqs, cognito: config.cognito, region: config.region, poolId, changed: () => show(), failed: show });
  await inbox.start();
  show();
}

function leave() {
  inbox?.stop();
  inbox = null;
  show();
}

function show(error = null) {
  const letters = inbox?.letters() ?? [];
  find('letters').replaceChildren(...letters.map(row));
  find('none').hidden = letters.length > 0;
  setText(find('none'), t(inbox ? 'inbox.none' : 'inbox.off'));
  setText(find('count'), inbox ? t(letters.length === 1 ? 'inbox.one' : 'inbox.count', { count: letters.length }) : '');
  find('banner').hidden = !error;
  const said = error instanceof AwsError ? `${error.name}: ${error.message}` : '';
  if (error) setText(find('banner'), t('inbox.trouble', { error: said }));
  const [text, look] = error ? ['watch.unreachable', 'trouble'] : inbox ? ['watch.live', 'well'] : ['watch.off', ''];
  setText(find('link'), t(text));
  find('link').className = `pill ${look}`;
}

function row({ id, subject, alert, sent }) {
  const done = element('button', { type: 'button', class: 'button quiet' }, t('inbox.done'));
  done.addEventListener('click', async () => {
    done.disabled = true;
    await inbox?.done(id).catch(show);
  });
  const signs = [['HealthPoints', 'fleet.health'], ['MagicPoints', 'fleet.magic']].filter(([sign]) => sign in alert);
  return element('li', { class: 'card letter' },
    element('h2', {}, subject || t('inbox.nameless')),
    element('p', { class: 'signs' }, ...signs.map(([sign, name]) => element('span', { class: alert[sign] < 100 ? 'low' : '' }, `${t(name)} ${alert[sign]}`))),
    element('time', { class: 'muted', datetime: new Date(sent).toISOString() }, TIME.format(new Date(sent))),
    done);
}
