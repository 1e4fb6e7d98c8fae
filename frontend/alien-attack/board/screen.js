// What a page on a wall asks of the laptop: the whole screen, no sleep. Both only where the browser offers it, which
// for the wake lock means a secure context: localhost, and not an address of the LAN.

/** Makes the button fill the screen, or leave it. */
export function offerFullScreen(button, key) {
  const page = document.documentElement;
  button.hidden = !page.requestFullscreen;
  const toggle = () => (document.fullscreenElement ? document.exitFullscreen() : page.requestFullscreen()).catch(() => {});
  button.addEventListener('click', toggle);
  onKey(key, toggle);
}

/** Calls work when a key is pressed anywhere but in a form. */
export function onKey(key, work) {
  addEventListener('keydown', (event) => {
    const typing = event.target instanceof Element && event.target.closest('input, select, textarea');
    if (event.key.toLowerCase() === key && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) work();
  });
}

/** Keeps the screen awake while this tab is looked at. */
export function stayAwake() {
  const ask = () => {
    if (!document.hidden) navigator.wakeLock?.request('screen').catch(() => {});
  };
  document.addEventListener('visibilitychange', ask);
  ask();
}
