/** Holds operations back so that no more than a rate begin, and lets them go in steps of a timer's millisecond. */
export class Pacer {
  readonly #perMilli: number;
  #began: number | undefined;
  #admitted = 0;
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param rate operations a second. */
  constructor(rate: number) {
    this.#perMilli = rate / 1000;
  }

  /** Calls `begin`, now or when its time has come. */
  admit(begin: () => void): void {
    if (this.#waiting.length === 0 && this.#isDue()) {
      this.#admitted++;
      begin();
      return;
    }
    this.#waiting.push(begin);
    this.#timer ??= setTimeout(this.#serve, 1);
  }

  /** Forgets what it is behind with: from now on no more than the rate. */
  restart(): void {
    this.#began = performance.now();
    this.#admitted = 0;
  }

  /** Lets go of all that wait, whatever the time. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const begin of this.#waiting.splice(0)) begin();
  }

  #isDue(): boolean {
    const now = performance.now();
    this.#began ??= now;
    return this.#admitted <= (now - this.#began) * this.#perMilli;
  }

  readonly #serve = (): void => {
    this.#timer = undefined;
    while (this.#waiting.length > 0 && this.#isDue()) {
      this.#admitted++;
      this.#waiting.shift()!();
    }
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(this.#serve, 1);
  };
}
