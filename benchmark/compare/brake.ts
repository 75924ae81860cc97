/** CPU time that is burnt at once: much less, and the clock itself would be measured. */
const GRAIN_MS = 0.02;

/** Burns a share of the CPU time that an operation takes, to see that a slower build would be noticed. */
export class Brake {
  readonly #share: number;
  #perOperation = 0;
  #owed = 0;
  #burnt = 0;

  /** @param percent 0: it does nothing. */
  constructor(percent: number) {
    this.#share = percent / 100;
  }

  /** All that it has burnt, in milliseconds. */
  get burnt(): number {
    return this.#burnt;
  }

  /** @param milliseconds of CPU time that an operation takes without it. */
  learn(milliseconds: number): void {
    this.#perOperation = milliseconds * this.#share;
  }

  /** Releases it, so that what an operation takes without it can be measured. */
  forget(): void {
    this.#perOperation = 0;
    this.#owed = 0;
  }

  after(operations: number): void {
    this.#owed += this.#perOperation * operations;
    if (this.#owed < GRAIN_MS) return;
    this.#burnt += this.#owed;
    const end = performance.now() + this.#owed;
    this.#owed = 0;
    while (performance.now() < end);
  }
}
