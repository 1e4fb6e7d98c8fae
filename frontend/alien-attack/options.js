// What the address asks for: ?test shows window.__aa, ?test=manual stops the clockwork, ?bot=1 plays, ?seed= fixes chance.

/** {hooks, manual, bot, seed}; config.testHooks shows window.__aa always. */
export function optionsOf(config, search) {
  const query = new URLSearchParams(search);
  const seed = Number.parseInt(query.get('seed'), 10);
  return {
    hooks: config.testHooks === true || query.has('test'),
    manual: query.get('test') === 'manual',
    bot: query.get('bot') === '1',
    seed: Number.isInteger(seed) ? seed >>> 0 : null,
  };
}
