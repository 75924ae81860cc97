/** The places for a queue's operations, and those who wait for one: each has his in the order in which they came. */
export class Room {
  readonly #capacity: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  /** All that were ever taken. */
  #takes = 0;
  /** Kept for those who waited and were told, until they take it. */
  #kept = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Operations that have a place. */
  get taken(): number {
    return this.#taken;
  }

  /** Places for whoever does not wait. */
  get left(): number {
    return this.#capacity - this.#taken - this.#kept;
  }

  take(count = 1): void {
    this.#taken += count;
    this.#takes += count;
  }

  give(): void {
    this.#taken--;
    if (this.#waiting.length > 0) this.#tellNext();
  }

  /**
   * Calls `start`, which takes `count` places, when there are so many; of those who wait, one after the other. What it leaves
   * of them, the next have: all where it throws, or has changed its mind.
   */
  async when<T>(start: () => T, count = 1): Promise<T> {
    const here = Math.min(count, Math.max(0, this.left));
    this.#kept += here;
    if (here < count) {
      const coming = Array.from(
        { length: count - here },
        async () => new Promise<void>((enter) => this.#waiting.push(enter)),
      );
      await Promise.all(coming);
    }
    this.#kept -= count;
    const before = this.#takes;
    try {
      return start();
    } finally {
      for (let place = this.#takes - before; place < count; place++) this.#tellNext();
    }
  }

  #tellNext(): void {
    const enter = this.#waiting.shift();
    if (enter === undefined) return;
    this.#kept++;
    enter();
  }
}
