// Six sounds made of oscillators and noise; no file, and none of it before someone touched the page.

const LOUDEST = 0.25;
const VOICES = 12; // at a time
const MARCH = [98, 87.3, 82.4, 73.4]; // Hz, the four beats

/** Browsers let a page sound only after a touch or a key: unlock() belongs into the handler of one. */
export class Sound {
  #context = null;
  #out = null;
  #noise = null;
  #voices = 0;

  constructor({ muted = false, volume = 1 } = {}) {
    Object.assign(this, { muted, volume });
  }

  /** none, suspended, running or closed. */
  get state() { return this.#context?.state ?? 'none'; }

  /** Resolves to whether sounds can be heard now. */
  async unlock() {
    if (!this.#context) this.#open();
    await Promise.race([this.#context?.resume(), new Promise((resolve) => { setTimeout(resolve, 300); })]);
    return this.state === 'running';
  }

  set({ muted, volume }) {
    Object.assign(this, { muted, volume });
    if (this.#out) this.#out.gain.value = muted ? 0 : LOUDEST * volume;
  }

  /** The sounds of what a step of the game brought. */
  heed(events) {
    for (const event of events) this.play(event.type, event.beat);
  }

  /** name: shoot, kill, hit, landed, march (with its beat), clear, over, or count. */
  play(name, beat = 0) {
    if (this.muted || this.state !== 'running' || this.#voices >= VOICES) return;
    const sounds = {
      shoot: () => this.#tone('square', [[0, 880], [0.14, 180]], 0.14, 0.35),
      kill: () => this.#crackle(0.18, 1800, 0.9),
      hit: () => this.#crackle(0.4, 900, 1.4),
      landed: () => this.#crackle(0.6, 500, 1.4),
      march: () => this.#tone('triangle', [[0, MARCH[beat]]], 0.09, 0.9),
      clear: () => this.#tone('square', [[0, 330], [0.12, 440], [0.24, 554], [0.36, 660]], 0.5, 0.4),
      over: () => this.#tone('sawtooth', [[0, 330], [0.9, 55]], 0.9, 0.5),
      count: () => this.#tone('triangle', [[0, 523]], 0.12, 0.9),
    };
    sounds[name]?.();
  }

  #open() {
    const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
    if (!Context) return;
    this.#context = new Context();
    this.#out = this.#context.createGain();
    this.#out.connect(this.#context.destination);
    this.set(this);
    this.#noise = this.#context.createBuffer(1, this.#context.sampleRate * 0.6, this.#context.sampleRate);
    const samples = this.#noise.getChannelData(0);
    for (let at = 0; at < samples.length; at += 1) samples[at] = Math.random() * 2 - 1;
  }

  /** A tone that glides from one [seconds, Hz] to the next and fades out. */
  #tone(type, glide, seconds, gain) {
    const tone = this.#context.createOscillator();
    const now = this.#context.currentTime;
    tone.type = type;
    tone.frequency.setValueAtTime(glide[0][1], now);
    for (const [after, pitch] of glide.slice(1)) tone.frequency.exponentialRampToValueAtTime(pitch, now + after);
    this.#sound(tone, tone, seconds, gain);
  }

  #crackle(seconds, pitch, gain) {
    const [noise, filter] = [this.#context.createBufferSource(), this.#context.createBiquadFilter()];
    noise.buffer = this.#noise;
    filter.type = 'lowpass';
    filter.frequency.value = pitch;
    noise.connect(filter);
    this.#sound(noise, filter, seconds, gain);
  }

  #sound(source, end, seconds, gain) {
    const [fade, now] = [this.#context.createGain(), this.#context.currentTime];
    fade.gain.setValueAtTime(gain, now);
    fade.gain.exponentialRampToValueAtTime(0.001, now + seconds);
    end.connect(fade).connect(this.#out);
    this.#voices += 1;
    source.onended = () => { this.#voices -= 1; fade.disconnect(); };
    source.start(now);
    source.stop(now + seconds);
  }
}
