// One line that says how well the page hears from the stack: in words, with a shape, and read aloud once.
import { setText } from './dom.js';
import { t } from './i18n.js';

const STEP = 10; // s; the line is read aloud whenever it changes

/** What is said in an element with role=status and the class banner. */
export class Banner {
  constructor(node) {
    this.node = node;
  }

  /** kind: live (says nothing), offline, reconnecting, unreachable, stale or error; seconds: since when; status: HTTP's. */
  show({ kind, seconds = 0, status = null }) {
    const text = kind === 'live' ? '' : bannerText(kind, seconds, status);
    setText(this.node, text);
    this.node.dataset.kind = kind;
    this.node.hidden = !text;
  }
}

function bannerText(kind, seconds, status) {
  const text = t(`net.${kind}`, { status });
  return seconds >= STEP ? `${text} ${t('net.since', { seconds: Math.floor(seconds / STEP) * STEP })}` : text;
}
