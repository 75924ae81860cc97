/** Blocks in flight at the least: while one is being written the next is already there. */
const LEAST = 2;
/** Blocks that wait for others at the device: with fewer it may run dry, with more they only wait longer. */
const FEW = 1.5;
const MANY = 3;
/** Blocks after which all is found out anew, with half as many in flight: devices change, and those who use them. */
const PERIOD = 512;

/**
 * How many blocks in flight the device has a use for, learnt from how long they take (as TCP Vegas learns a path's).
 * While the time of a block does not grow with their number, the device works on all of them, and one more is tried; what
 * only waits for others is taken back.
 */
export class WorthwhileDepth {
  readonly #most: number;
  readonly #least: number;
  #limit: number;
  #shortest = Infinity;
  /** Blocks of this period; below 0, those that began in the one before are still to end. */
  #noted = 0;

  constructor(most: number) {
    this.#most = most;
    this.#least = Math.min(LEAST, most);
    this.#limit = this.#least;
  }

  /** Blocks that may be in flight. */
  get limit(): number {
    return this.#limit;
  }

  /** A block took `ms` from when it came, as one of `inFlight`, to its end. */
  note(ms: number, inFlight: number): void {
    if (++this.#noted <= 0) return;
    this.#shortest = Math.min(ms, this.#shortest);
    const waiting = ms > 0 ? inFlight * (1 - this.#shortest / ms) : 0;
    if (waiting > MANY) this.#limit = Math.max(this.#least, this.#limit - 1);
    else if (waiting < FEW && inFlight * 2 >= this.#limit) this.#limit = Math.min(this.#most, this.#limit + 1);
    if (this.#noted < PERIOD) return;
    this.#noted = -this.#limit;
    this.#shortest = Infinity;
    this.#limit = Math.max(this.#least, Math.ceil(this.#limit / 2));
  }
}
