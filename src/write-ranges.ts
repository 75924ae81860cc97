import { RangeIndex, type Ranged } from './range-index.js';

/** A range of a file that a write is changing. */
export interface WriteRange {
  readonly start: number;
  readonly end: number;
  /** Whether no other write may touch the range meanwhile. */
  readonly exclusive: boolean;
  /** Its index among the simple ones; -1 where it is not one of them. */
  place: number;
  /** Where it is not. */
  entry: Entry | undefined;
}

/** A range that others are compared with. */
interface Entry extends Ranged {
  readonly range: WriteRange;
  /** Earlier ranges that it must not meet and that have not left; above 0, it waits. */
  blockers: number;
  /** Order of coming. */
  readonly ticket: number;
  enter: () => void;
}

/**
 * Keeps writes from undoing each other. Plain writes may overlap as the kernel allows. One that reads
 * blocks before it writes them back, or cuts the file, has its range for itself. Who comes later waits.
 */
export class WriteRanges {
  readonly #hasten: (end: Promise<void>) => void;
  /** Plain ones that came while nobody needed to be compared with them. */
  readonly #simple: WriteRange[] = [];
  /** The others, active and waiting. */
  readonly #entries = new RangeIndex<Entry>();
  #exclusive = 0;
  #waiting = 0;
  #tickets = 0;

  /** `hasten` is told of every wait: see {@link Inode.queues}. */
  constructor(hasten: (end: Promise<void>) => void) {
    this.#hasten = hasten;
  }

  /** Enters a plain range at once, or tells by undefined that it has to wait: see {@link WriteRanges.enter}. */
  tryEnter(start: number, end: number): WriteRange | undefined {
    if (this.#exclusive > 0 || this.#waiting > 0) return undefined;
    const range = { start, end, exclusive: false, place: this.#simple.length, entry: undefined };
    this.#simple.push(range);
    return range;
  }

  /** Enters a range when those before it that it must not meet have left. */
  async enter(start: number, end: number, exclusive: boolean): Promise<WriteRange> {
    for (const simple of this.#simple.splice(0)) this.#note(simple, this.#tickets++);
    return this.#come({ start, end, exclusive, place: -1, entry: undefined }, this.#tickets++);
  }

  /** Leaves an exclusive range for another one, before all who came after it and have not entered. */
  async exchange(range: WriteRange, start: number, end: number): Promise<WriteRange> {
    const other = { start, end, exclusive: true, place: -1, entry: undefined };
    const entered = this.#come(other, range.entry?.ticket ?? this.#tickets++);
    this.leave(range);
    return entered;
  }

  /** Waits for the active and the earlier ones that it must not meet; the later ones that do not yet have to wait for it. */
  async #come(range: WriteRange, ticket: number): Promise<WriteRange> {
    let blockers = 0;
    this.#entries.eachOverlapping(range, (other) => {
      if (!range.exclusive && !other.range.exclusive) return;
      if (other.blockers > 0 && other.ticket > ticket) other.blockers++;
      else blockers++;
    });
    const entry = this.#note(range, ticket);
    if (blockers === 0) {
      if (range.exclusive) this.#exclusive++;
      return range;
    }
    entry.blockers = blockers;
    this.#waiting++;
    const entered = new Promise<void>((enter) => (entry.enter = enter));
    this.#hasten(entered);
    await entered;
    return range;
  }

  leave(range: WriteRange): void {
    if (range.entry === undefined) {
      const last = this.#simple.pop();
      if (last === undefined || last === range) return;
      this.#simple[range.place] = last;
      last.place = range.place;
      return;
    }
    this.#entries.delete(range.entry);
    if (range.exclusive) this.#exclusive--;
    if (this.#waiting > 0) this.#admitAfter(range);
  }

  #note(range: WriteRange, ticket: number): Entry {
    const { start, end } = range;
    const entry = { start, end, range, seen: 0, blockers: 0, ticket, enter: () => undefined };
    range.place = -1;
    range.entry = entry;
    this.#entries.add(entry);
    return entry;
  }

  /** All that wait and that it must not meet waited for it: nobody enters beside an earlier one that he must not meet. */
  #admitAfter(left: WriteRange): void {
    const admitted: Entry[] = [];
    this.#entries.eachOverlapping(left, (entry) => {
      const blocked = entry.blockers > 0 && (left.exclusive || entry.range.exclusive);
      if (blocked && --entry.blockers === 0) admitted.push(entry);
    });
    admitted.sort((one, other) => one.ticket - other.ticket);
    for (const { range, enter } of admitted) {
      this.#waiting--;
      if (range.exclusive) this.#exclusive++;
      enter();
    }
  }
}
