// The way into the game for everybody in the room: an address to type, and the same as a QR code.

/** {address, shown, code}: to follow, to type from the wall, and a picture's source. page: e.g. "alien-attack/". */
export function joining({ site = location.origin }, page) {
  const address = new URL(page, `${site}/`).href;
  const code = new URL(`../join.svg?${new URLSearchParams({ to: address })}`, import.meta.url).href;
  return { address, shown: address.replace(/^https?:\/\//, '').replace(/\/$/, ''), code };
}

/** Whether others can follow an address at all: this machine's own name means another machine to them. */
export function leadsHere(address) {
  return !['localhost', '127.0.0.1', '[::1]'].includes(new URL(address).hostname);
}
