// The first page: what there is, how a room gets in, whether it all answers, and whose work comes with it.
import { pageConfig, poolId } from './lib/config.js';
import { element, setText } from './lib/dom.js';
import { language, speak, t, translatePage } from './lib/i18n.js';
import { joining, leadsHere } from './lib/join.js';

const PATIENCE = 5000; // ms that a check may take
const AGAIN = 10_000; // ms between two looks at the boxes

translatePage();
showLanguages();
const config = await pageConfig();
showRoom();
showAddresses();
showHealth();
showBoxes();
setInterval(() => { if (!document.hidden) showBoxes(); }, AGAIN);
await showLicences();

function at(id) {
  return document.getElementById(id);
}

function showLanguages() {
  for (const button of document.querySelectorAll('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset.language === language));
    button.addEventListener('click', () => speak(button.dataset.language));
  }
}

function showRoom() {
  const { address, shown, code } = joining(config, '');
  at('room-link').href = address;
  setText(at('room-link'), shown);
  at('room-code').alt = t('board.code', { address: shown });
  at('room-code').addEventListener('error', () => { at('room-code').hidden = true; });
  at('room-code').src = code;
  setText(at('room-note'), t(leadsHere(address) ? 'manager.join.room' : 'manager.join.here'));
}

function showAddresses() {
  const rows = [[t('launcher.address.site'), location.origin]];
  for (const [name, address] of Object.entries(config.apis)) rows.push([t('launcher.address.api', { name }), address]);
  rows.push([t('launcher.address.cognito'), config.cognito]);
  at('addresses').append(...rows.map(([name, value]) => pair(name, value)));
}

function showHealth() {
  const api = config.apis['alien-attack'];
  check(t('health.pages'), () => answers(new URL('health', document.baseURI)));
  check(t('health.api'), () => answers(`${api}/v1/config`));
  check(t('health.signin'), async () => answers(`${config.cognito}/${await poolId(api)}/.well-known/jwks.json`));
}

async function check(name, works) {
  const pill = element('span', { class: 'pill' }, t('health.checking'));
  at('health').append(element('li', {}, name, pill));
  const well = await works().catch(() => false);
  pill.classList.add(well ? 'well' : 'trouble');
  pill.textContent = t(well ? 'health.well' : 'health.trouble');
}

async function answers(address) {
  return (await fetch(address, { signal: AbortSignal.timeout(PATIENCE) })).ok;
}

/** The boxes behind, as the site sees them; on AWS there is no such page, and nothing is shown. */
async function showBoxes() {
  const { boxes = [], versions = {} } = await status();
  at('boxes-title').hidden = boxes.length === 0;
  at('boxes').replaceChildren(...boxes.map(box));
  const known = Object.entries(versions);
  at('versions-title').hidden = known.length === 0;
  at('versions').replaceChildren(...known.map(([name, value]) => pair(name, value)));
}

async function status() {
  try {
    return await (await fetch('status.json', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) })).json();
  } catch {
    return {};
  }
}

function box({ name, well, missing }) {
  const text = well ? t('health.well') : missing.join(', ') || t('health.trouble');
  return element('li', {}, t(`box.${name}`), element('span', { class: `pill ${well ? 'well' : 'trouble'}` }, text));
}

function pair(name, value) {
  return element('div', {}, element('dt', { class: 'muted' }, name), element('dd', {}, value));
}

async function showLicences() {
  const works = await (await fetch('vendor/VENDOR.json')).json();
  at('licences').append(
    ...works.map((work) => element('li', {}, `${work.name} ${work.version}, `, element('a', { href: work.licenceText }, work.licence))),
  );
}
