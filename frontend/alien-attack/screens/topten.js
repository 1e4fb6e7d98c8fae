// The ten best beside the game: a table, with the own row as it is now.
import { html } from '../../vendor/htm-preact.js';
import { number, plural, t } from '../../lib/i18n.js';

const NUMBERS = ['Score', 'Lives', 'Shots', 'Level'];

export function TopTen({ run }) {
  const rows = run.rows.value;
  const total = run.flow.room.top.value?.total;
  return html`
    <section class="topten" aria-labelledby="topten">
      <h2 id="topten">${t('board.top')}</h2>
      <table>
        <caption class="unseen">${t('board.caption.top', { session: run.session.SessionId })}</caption>
        <thead><tr>
          <th scope="col"><span class="unseen">${t('board.rank')}</span></th>
          <th scope="col">${t('board.nickname')}</th>
          ${NUMBERS.map((name) => html`<th scope="col" class=${`number ${name}`} key=${name}>${t(`board.${name.toLowerCase()}`)}</th>`)}
        </tr></thead>
        <tbody>${rows.map((row) => html`<${Row} key=${row.Nickname} row=${row} />`)}</tbody>
      </table>
      ${total ? html`<p class="muted small">${t(`top.of.${plural(total)}`, { count: number(total) })}</p>` : null}
    </section>
  `;
}

function Row({ row }) {
  const out = row.Finished || row.Lives === 0;
  const classes = [row.own && 'own', row.pending && 'pending', out && 'finished'];
  return html`
    <tr class=${classes.filter(Boolean).join(' ')}>
      <td class="number rank">${row.rank}<${Move} places=${row.move} /></td>
      <th scope="row"><span class="name">
        <bdi class="nickname" title=${row.Nickname}>${row.Nickname}</bdi>
        ${row.own ? html`<span class="you">${t('board.you')}</span>` : null}
        ${out ? html`<span class="out"><span class="unseen">${t('board.out')}</span></span>` : null}
      </span></th>
      ${NUMBERS.map((name) => html`<td class=${`number ${name}`} key=${name}>${number(row[name])}</td>`)}
    </tr>
  `;
}

/** Up or down since the last board. */
function Move({ places }) {
  if (!places) return null;
  const way = places > 0 ? 'up' : 'down';
  return html`<span class=${`move ${way}`}><span class="unseen">${t(`top.${way}`)}</span></span>`;
}
