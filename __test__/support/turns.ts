import { availableParallelism } from 'node:os';

/** Lets a few at a time in: programs that a spec starts all at once would share little time and much memory. */
export class Turns {
  #free = availableParallelism() + 1;
  readonly #waiting: (() => void)[] = [];

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((enter) => this.#waiting.push(enter));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
