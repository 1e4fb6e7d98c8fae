// The first page: what there is, whether it answers, where it listens, and whose work comes with it.
import { pageConfig, poolId } from './lib/config.js';
import { element } from './lib/dom.js';
import { translatePage, t } from './lib/i18n.js';

const PATIENCE = 5000; // ms that a check may take

translatePage();
const config = await pageConfig();
showAddresses(config);
showHealth(config);
await showLicences();

function showAddresses({ apis, cognito }) {
  const rows = [[t('launcher.address.site'), location.origin]];
  for (const [name, address] of Object.entries(apis)) rows.push([t('launcher.address.api', { name }), address]);
  rows.push([t('launcher.address.cognito'), cognito]);
  document.getElementById('addresses').append(
    ...rows.map(([name, address]) => element('div', {}, element('dt', { class: 'muted' }, name), element('dd', {}, address))),
  );
}

function showHealth({ apis, cognito }) {
  const api = apis['alien-attack'];
  check(t('health.pages'), () => answers(new URL('health', document.baseURI)));
  check(t('health.api'), () => answers(`${api}/v1/config`));
  check(t('health.signin'), async () => answers(`${cognito}/${await poolId(api)}/.well-known/jwks.json`));
}

async function check(name, works) {
  const pill = element('span', { class: 'pill' }, t('health.checking'));
  document.getElementById('health').append(element('li', {}, name, pill));
  const well = await works().catch(() => false);
  pill.classList.add(well ? 'well' : 'trouble');
  pill.textContent = t(well ? 'health.well' : 'health.trouble');
}

async function answers(address) {
  return (await fetch(address, { signal: AbortSignal.timeout(PATIENCE) })).ok;
}

async function showLicences() {
  const works = await (await fetch('vendor/VENDOR.json')).json();
  document.getElementById('licences').append(
    ...works.map((work) => element('li', {}, `${work.name} ${work.version}, `, element('a', { href: work.licenceText }, work.licence))),
  );
}
