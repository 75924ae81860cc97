interface Held {
  since: number;
  giveUp: () => void;
}

/**
 * Watches who holds a block, and for how long. Who does not take one within the patience is given up, sooner where others
 * are in want of it.
 */
export class Patience {
  /** In the order in which they began. */
  readonly #held = new Set<Held>();
  readonly #patience: (count: number) => number;
  readonly #timer: NodeJS.Timeout;
  /** Who was given up so far. */
  givenUp = 0;

  /** `patience` in milliseconds, while as many are held as it is told. */
  constructor(patience: (count: number) => number, everyMs: number) {
    this.#patience = patience;
    this.#timer = setInterval(() => {
      this.#check();
    }, everyMs).unref();
  }

  /** @returns what ends the wait. */
  hold(giveUp: () => void): () => void {
    const held = { since: performance.now(), giveUp };
    this.#held.add(held);
    return () => this.#held.delete(held);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const limit = performance.now() - this.#patience(this.#held.size);
    for (const held of this.#held) {
      if (held.since > limit) return;
      this.#held.delete(held);
      this.givenUp++;
      held.giveUp();
    }
  }
}
