/** A range of a file that a write is changing. */
export interface WriteRange {
  readonly start: number;
  readonly end: number;
  /** Whether no other write may touch the range meanwhile. */
  readonly exclusive: boolean;
  readonly order: number;
  /** Index among the active ranges. */
  place: number;
}

interface Waiting {
  range: WriteRange;
  enter: () => void;
}

/**
 * Keeps writes from undoing each other. Plain writes may overlap as the kernel allows. One that reads
 * blocks before it writes them back, or cuts the file, has its range for itself. Who comes later waits.
 */
export class WriteRanges {
  readonly #active: WriteRange[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #barriers: { order: number; pass: () => void }[] = [];
  #exclusive = 0;
  #order = 0;

  /** Enters a plain range at once, or tells by undefined that it has to wait: see {@link WriteRanges.enter}. */
  tryEnter(start: number, end: number): WriteRange | undefined {
    if (this.#exclusive > 0 || this.#waiting.length > 0) return undefined;
    const range = { start, end, exclusive: false, order: this.#order++, place: this.#active.length };
    this.#active.push(range);
    return range;
  }

  /** Enters a range when those before it that it must not meet have left. */
  async enter(start: number, end: number, exclusive: boolean): Promise<WriteRange> {
    const range = { start, end, exclusive, order: this.#order++, place: -1 };
    if (this.#waiting.some((earlier) => conflict(earlier.range, range)) || this.#blocked(range)) {
      await new Promise<void>((enter) => this.#waiting.push({ range, enter }));
    } else {
      this.#activate(range);
    }
    return range;
  }

  leave(range: WriteRange): void {
    const last = this.#active.pop();
    if (last !== undefined && last !== range) {
      this.#active[range.place] = last;
      last.place = range.place;
    }
    if (range.exclusive) this.#exclusive--;
    if (this.#waiting.length > 0) this.#admit();
    if (this.#barriers.length > 0) this.#pass();
  }

  /** Settles when every write that entered or waits now has left. */
  async settled(): Promise<void> {
    if (this.#active.length + this.#waiting.length === 0) return;
    const order = this.#order;
    await new Promise<void>((pass) => this.#barriers.push({ order, pass }));
  }

  #blocked(range: WriteRange): boolean {
    return this.#active.some((active) => conflict(active, range));
  }

  #activate(range: WriteRange): void {
    range.place = this.#active.length;
    this.#active.push(range);
    if (range.exclusive) this.#exclusive++;
  }

  #admit(): void {
    const still: Waiting[] = [];
    for (const waiting of this.#waiting.splice(0)) {
      if (still.some((earlier) => conflict(earlier.range, waiting.range)) || this.#blocked(waiting.range)) {
        still.push(waiting);
      } else {
        this.#activate(waiting.range);
        waiting.enter();
      }
    }
    this.#waiting.push(...still);
  }

  #pass(): void {
    let oldest = Infinity;
    for (const { order } of this.#active) oldest = Math.min(oldest, order);
    for (const { range } of this.#waiting) oldest = Math.min(oldest, range.order);
    for (let index = this.#barriers.length - 1; index >= 0; index--) {
      const barrier = this.#barriers[index];
      if (barrier !== undefined && barrier.order <= oldest) {
        this.#barriers.splice(index, 1);
        barrier.pass();
      }
    }
  }
}

function conflict(one: WriteRange, other: WriteRange): boolean {
  return (one.exclusive || other.exclusive) && one.start < other.end && other.start < one.end;
}
