// All ways to steer at once, as the one input that the game takes.
import { Keyboard } from './keyboard.js';
import { Pad } from './pad.js';
import { Touch } from './touch.js';

/** settings(): {keys, autoFire}, asked for while playing; on: {pause, mute}. */
export class Input {
  constructor({ canvas, pads, settings, on }) {
    this.settings = settings;
    this.devices = [new Keyboard(canvas, settings().keys, on), new Touch(canvas, pads), new Pad(on)];
  }

  read() {
    const read = this.devices.map((device) => device.read());
    const any = (name) => read.some((one) => one[name]);
    const x = read.find((one) => Number.isFinite(one.x))?.x ?? null;
    return { left: any('left'), right: any('right'), fire: any('fire') || this.settings().autoFire, x };
  }

  end() {
    for (const device of this.devices) device.end();
  }
}
