// The fleet's map: ask how to hear of the fleet, then watch it until told to stop.
import { AwsError } from '../lib/aws.js';
import { pageConfig } from '../lib/config.js';
import { setText } from '../lib/dom.js';
import { t, translatePage } from '../lib/i18n.js';
import { insist } from '../lib/repeat.js';
import { Door } from './door.js';
import { Fleet } from './fleet.js';
import { FleetMap } from './map.js';
import { Panel } from './panel.js';
import { Watch } from './watch.js';

const API = 'wild-rydes-live';
const REDRAW = 250; // ms between two looks at the clock

const find = (id) => document.getElementById(id);
translatePage();
const config = await pageConfig();
const fleet = new Fleet();
const panel = new Panel(document, select);
const map = new FleetMap(find('map'), {
  words: { kilometres: (count) => t('map.km', { count }) },
  onSelect: select,
  onFollow: (yes) => find('follow').setAttribute('aria-pressed', String(yes)),
});
let selected = null;
let watch = null;

find('follow').addEventListener('click', () => map.follow(!map.camera.following));
find('closer').addEventListener('click', () => map.zoom(0.5));
find('farther').addEventListener('click', () => map.zoom(-0.5));
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') select(null);
});

new Door(document, { enter, leave, ways: ways() }).resume();
setInterval(look, REDRAW);
look();
await map.start(fleet);

/** The stream lets only this machine's pages read it. */
function ways() {
  return [...(config.endpoints.kinesis ? ['direct'] : []), ...(config.sockets?.[API] ? ['push'] : [])];
}

async function enter({ way, pool: poolId }) {
  const { region, cognito, endpoints: { kinesis } } = config;
  watch = way === 'push' ? await hearing() : new Watch({ kinesis, cognito, region, poolId, fleet });
  await watch.start();
  look();
}

/** The stream's reader comes with the page, what hears of the fleet by a socket only where it is wanted. */
async function hearing() {
  const { Hearing } = await insist(() => import('./hearing.js'));
  return new Hearing({ address: config.sockets[API], fleet });
}

function leave() {
  watch?.stop();
  watch = null;
  look();
}

function look() {
  const now = Date.now();
  const link = watch?.link() ?? null;
  const gone = fleet.look(now, link !== null && link.kind !== 'live');
  if (gone.length) setText(find('news'), t('fleet.gone', { names: gone.join(', ') }));
  if (selected !== null && !fleet.get(selected)) select(null);
  panel.show(fleet, now, selected);
  showLink(link);
}

function showLink(link) {
  const kind = link?.kind ?? 'off';
  const pill = find('link');
  setText(pill, t(`watch.${kind}`));
  pill.className = `pill ${{ live: 'well', refused: 'trouble', unreachable: 'trouble' }[kind] ?? ''}`;
  const banner = find('banner');
  banner.hidden = !['refused', 'unreachable', 'behind'].includes(kind);
  const error = link?.error instanceof AwsError ? `${link.error.name}: ${link.error.message}` : '';
  if (!banner.hidden) setText(banner, `${t(`watch.${kind}.text`, { error })}`);
  setText(find('none'), t(watch ? 'fleet.none' : 'fleet.off'));
}

function select(name) {
  selected = map.selected = name;
  look();
}
