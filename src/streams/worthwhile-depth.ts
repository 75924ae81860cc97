/** Blocks in flight at the least: while one is being written the next is already there. */
const LEAST = 2;
/** How many more than the device works on are in flight: in proportion, so that a parallel one is soon found out, and beside. */
const GROWTH = 1.25;
const SPARE = 1.5;
/** What one block counts for beside those before it. */
const WEIGHT = 1 / 4;
/** Blocks after which all is found out anew: devices change, and those who use them. */
const PERIOD = 256;

/**
 * How many blocks in flight the device has a use for, learnt from how long they take. Of those in flight it works on as
 * many as the shortest time is of theirs, and the others wait for it (Little's law). A few of them may, so that it never does.
 */
export class WorthwhileDepth {
  readonly #most: number;
  readonly #least: number;
  #limit: number;
  #shortest = Infinity;
  /** Blocks that the device works on, in the mean. */
  #worked: number;
  /** Blocks of this period; up to 0, those that began in the one before are still to end. */
  #noted = 0;

  constructor(most: number) {
    this.#most = most;
    this.#least = Math.min(LEAST, most);
    this.#limit = this.#worked = this.#least;
  }

  /** Blocks that may be in flight. */
  get limit(): number {
    return this.#limit;
  }

  /** A block took `ms` from when it came, as one of `inFlight`, to its end. */
  note(ms: number, inFlight: number): void {
    if (++this.#noted <= 0 || ms <= 0) return;
    if (this.#noted > PERIOD) {
      this.#noted = -inFlight;
      this.#shortest = Infinity;
      this.#limit = this.#worked = this.#least;
      return;
    }
    this.#shortest = Math.min(ms, this.#shortest);
    this.#worked += WEIGHT * (inFlight * (this.#shortest / ms) - this.#worked);
    const limit = Math.ceil(this.#worked * GROWTH + SPARE);
    this.#limit = Math.max(this.#least, Math.min(this.#most, limit));
  }
}
