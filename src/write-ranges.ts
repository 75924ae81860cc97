/** A range of a file that a write is changing. */
export interface WriteRange {
  readonly start: number;
  readonly end: number;
  /** Whether no other write may touch the range meanwhile. */
  readonly exclusive: boolean;
  /** Index among the active ranges. */
  place: number;
}

interface Waiting {
  readonly range: WriteRange;
  /** Earlier ranges, active or waiting, that it must not meet. */
  blockers: number;
  readonly enter: () => void;
}

/**
 * Keeps writes from undoing each other. Plain writes may overlap as the kernel allows. One that reads
 * blocks before it writes them back, or cuts the file, has its range for itself. Who comes later waits.
 */
export class WriteRanges {
  readonly #hasten: (end: Promise<void>) => void;
  readonly #active: WriteRange[] = [];
  #waiting: Waiting[] = [];
  #exclusive = 0;

  /** `hasten` is told of every wait: see {@link Inode.queues}. */
  constructor(hasten: (end: Promise<void>) => void) {
    this.#hasten = hasten;
  }

  /** Enters a plain range at once, or tells by undefined that it has to wait: see {@link WriteRanges.enter}. */
  tryEnter(start: number, end: number): WriteRange | undefined {
    if (this.#exclusive > 0 || this.#waiting.length > 0) return undefined;
    const range = { start, end, exclusive: false, place: this.#active.length };
    this.#active.push(range);
    return range;
  }

  /** Enters a range when those before it that it must not meet have left. */
  async enter(start: number, end: number, exclusive: boolean): Promise<WriteRange> {
    const range = { start, end, exclusive, place: -1 };
    let blockers = 0;
    for (const active of this.#active) if (conflict(active, range)) blockers++;
    for (const earlier of this.#waiting) if (conflict(earlier.range, range)) blockers++;
    if (blockers === 0) {
      this.#activate(range);
      return range;
    }
    const entered = new Promise<void>((enter) => this.#waiting.push({ range, blockers, enter }));
    this.#hasten(entered);
    await entered;
    return range;
  }

  leave(range: WriteRange): void {
    const last = this.#active.pop();
    if (last !== undefined && last !== range) {
      this.#active[range.place] = last;
      last.place = range.place;
    }
    if (range.exclusive) this.#exclusive--;
    if (this.#waiting.length > 0) this.#admitAfter(range);
  }

  #activate(range: WriteRange): void {
    range.place = this.#active.length;
    this.#active.push(range);
    if (range.exclusive) this.#exclusive++;
  }

  /** All that it blocked came after it: nobody enters beside an earlier one that he must not meet. */
  #admitAfter(left: WriteRange): void {
    let admitted = false;
    for (const waiting of this.#waiting) {
      if (!conflict(left, waiting.range) || --waiting.blockers > 0) continue;
      admitted = true;
      this.#activate(waiting.range);
      waiting.enter();
    }
    if (admitted) this.#waiting = this.#waiting.filter(({ blockers }) => blockers > 0);
  }
}

function conflict(one: WriteRange, other: WriteRange): boolean {
  return (one.exclusive || other.exclusive) && one.start < other.end && other.start < one.end;
}
