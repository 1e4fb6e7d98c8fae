// 3-2-1, by the clock that all share.
import { html } from '../../vendor/htm-preact.js';
import { useEffect, useState } from '../../vendor/hooks.js';
import { t } from '../../lib/i18n.js';

const LOOK = 50; // ms

export function Countdown({ flow, run, sound }) {
  const seconds = () => Math.max(1, Math.ceil((flow.startAt.value - run.now()) / 1000));
  const [left, show] = useState(seconds);
  useEffect(() => {
    const timer = setInterval(() => show(seconds()), LOOK);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => sound.play('count'), [left]);
  return html`
    <div class="over-field">
      <p class="ready">${t('play.ready')}</p>
      <p class="arcade count" key=${left} role="timer">${left}</p>
    </div>
  `;
}
