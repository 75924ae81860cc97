/** The calls that began between two waits of {@link WriteCalls.settled}. */
export interface Generation {
  running: number;
  /** Told when these calls, and all before them, have ended. */
  readonly ended: (() => void)[];
}

/** Counts the calls that change a file, so that a sync can wait for those that began before it. */
export class WriteCalls {
  readonly #hasten: (end: Promise<void>) => void;
  /** Calls that have begun since the inode was opened. */
  begun = 0;
  #latest: Generation = { running: 0, ended: [] };
  readonly #generations: Generation[] = [this.#latest];

  /** `hasten` is told of every wait: see {@link Inode.queues}. */
  constructor(hasten: (end: Promise<void>) => void) {
    this.#hasten = hasten;
  }

  /** A call begins. Pair with {@link WriteCalls.end}. */
  begin(): Generation {
    this.begun++;
    this.#latest.running++;
    return this.#latest;
  }

  end(generation: Generation): void {
    generation.running--;
    for (let oldest = this.#generations[0]; oldest !== undefined; oldest = this.#generations[0]) {
      if (oldest.running > 0 || oldest === this.#latest) return;
      this.#generations.shift();
      for (const ended of oldest.ended) ended();
    }
  }

  /** Settles when every call that has begun until now has ended. */
  async settled(): Promise<void> {
    if (this.#generations.length === 1 && this.#latest.running === 0) return;
    const { ended } = this.#latest;
    this.#latest = { running: 0, ended: [] };
    this.#generations.push(this.#latest);
    const end = new Promise<void>((resolve) => ended.push(resolve));
    this.#hasten(end);
    await end;
  }
}
