/** The places for a queue's operations, and those who wait for one: each has his in the order in which they came. */
export class Room {
  readonly #capacity: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
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

  take(): void {
    this.#taken++;
  }

  give(): void {
    this.#taken--;
    this.#tellNext();
  }

  /** Calls `start`, which takes one place, when there is one. Where it throws instead, the next has it. */
  async when<T>(start: () => T): Promise<T> {
    if (this.left <= 0) {
      await new Promise<void>((enter) => this.#waiting.push(enter));
      this.#kept--;
    }
    try {
      return start();
    } catch (error) {
      this.#tellNext();
      throw error;
    }
  }

  #tellNext(): void {
    const enter = this.#waiting.shift();
    if (enter === undefined) return;
    this.#kept++;
    enter();
  }
}
