/** Rounds of a test with random steps: a few in CI, thousands by `npm run test:model`. */
export const ROUNDS = Math.max(1, Math.round(Number(process.env.LINUX_AIO_MODEL_RUNS ?? 200) / 40));

/** Numbers that a seed determines (mulberry32), so that a failing round can be run again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from `min` up to `max`, both included. */
  integer(min: number, max: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return min + (((mixed ^ (mixed >>> 14)) >>> 0) % (max - min + 1));
  }

  /** The same elements in another order. */
  shuffled<Element>(elements: readonly Element[]): Element[] {
    const order = elements.map((element) => ({ element, rank: this.integer(0, 2 ** 30) }));
    return order.sort((one, other) => one.rank - other.rank).map(({ element }) => element);
  }
}
