// A game controller, if there is one: stick or cross to steer, first button to fire, start to pause.
const DEAD = 0.3; // of the stick's way
const FIRE = 0;
const START = 9;
const [LEFT, RIGHT] = [14, 15];

/** on.pause: called once per press of start. */
export class Pad {
  #started = false;

  constructor(on) {
    this.on = on;
  }

  read() {
    const pad = navigator.getGamepads?.().find((one) => one?.connected);
    if (!pad) return { left: false, right: false, fire: false };
    const pressed = (number) => pad.buttons[number]?.pressed ?? false;
    if (pressed(START) && !this.#started) this.on.pause();
    this.#started = pressed(START);
    return { left: pressed(LEFT) || pad.axes[0] < -DEAD, right: pressed(RIGHT) || pad.axes[0] > DEAD, fire: pressed(FIRE) };
  }

  end() {}
}
