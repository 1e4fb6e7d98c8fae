// A page is some dozens of modules, and one of them that does not arrive leaves it empty: the network changed just then,
// or the laptop that serves was busy. Then the page is loaded again, a few times, later and later. No module itself, or
// it could be missing with the others.
(() => {
  const KEPT = 'fogbank.reloads';
  const MOST = 5;
  const FIRST_PAUSE = 500; // ms
  const done = Number(sessionStorage.getItem(KEPT));
  let missing = false;

  addEventListener('error', ({ target }) => {
    if (missing || done >= MOST || !(target instanceof HTMLScriptElement || target.rel === 'stylesheet')) return;
    missing = true;
    sessionStorage.setItem(KEPT, done + 1);
    setTimeout(() => location.reload(), FIRST_PAUSE * 2 ** done);
  }, true);
  addEventListener('load', () => { if (!missing) sessionStorage.removeItem(KEPT); });
})();
