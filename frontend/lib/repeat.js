// Doing something again and again: at its cadence while it works, and less and less often while it does not.

const FIRST_RETRY = 250; // ms
const SLOWEST_RETRY = 10_000; // ms
const SLOWEST_INSIST = 4000; // ms; somebody looks at an empty page

/**
 * Calls work() at once and then every interval() ms, counted from start to start; work never overlaps itself. After a
 * failure the next call comes after a random part of 0.25 s, 0.5 s, … 10 s, or at once when the browser is back online
 * or the tab is looked at again. Returns {now, end}: now() asks for a call without delay, end() for no more calls.
 */
export function repeat(work, interval) {
  let timer = null; // null while work runs
  let failures = 0;
  let again = false;
  let ended = false;

  const run = async () => {
    timer = null;
    again = false;
    const started = performance.now();
    const well = await work().then(() => true, () => false);
    if (ended) return;
    failures = well ? 0 : failures + 1;
    const pause = well ? Math.max(0, interval() - (performance.now() - started)) : retryAfter(failures);
    timer = setTimeout(run, again ? 0 : pause);
  };
  const now = () => {
    again = true;
    if (timer === null) return;
    clearTimeout(timer);
    run();
  };
  const wake = () => {
    if (failures > 0 && !document.hidden) now();
  };

  addEventListener('online', wake);
  document.addEventListener('visibilitychange', wake);
  run();
  return {
    now,
    end() {
      ended = true;
      clearTimeout(timer);
      removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', wake);
    },
  };
}

/** What work() brings, asked for until it comes: a throw is a failure. With growing pauses up to a few seconds. */
export async function insist(work) {
  for (let pause = FIRST_RETRY; ; pause = Math.min(2 * pause, SLOWEST_INSIST)) {
    try {
      return await work();
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, pause); });
    }
  }
}

/** ms to wait after so many failures in a row; random, so that many pages do not come back in step. */
export function retryAfter(failures, random = Math.random) {
  return random() * Math.min(SLOWEST_RETRY, FIRST_RETRY * 2 ** (failures - 1));
}
