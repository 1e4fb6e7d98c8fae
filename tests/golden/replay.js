// Fingerprints of games that the autopilot plays: {seed: [one for each of so many ticks]}.
export async function replay(core, { seeds, every, count }) {
  const { bot, create, hash, step } = await import(core);
  return Object.fromEntries(seeds.map((seed) => {
    const state = create(seed);
    return [seed, Array.from({ length: count }, () => {
      for (let tick = 0; tick < every; tick += 1) step(state, bot(state));
      return hash(state);
    })];
  }));
}
