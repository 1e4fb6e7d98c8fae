// What a page on a wall asks of the laptop: the whole screen, where the browser offers it, and a key or two.

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
