import { RangeIndex, type Ranged } from './range-index.js';

/** A range of a file that a write is changing. */
export interface WriteRange {
  readonly start: number;
  readonly end: number;
  /** Whether no other write may touch the range meanwhile. */
  readonly exclusive: boolean;
  /** Undefined where it is one of the simple ones, of which it has a place. */
  entry: Entry | undefined;
  place: number;
}

/** One that comes to the ranges. */
interface Comer {
  readonly range: WriteRange;
  /** Order of coming. */
  readonly ticket: number;
  /** Told when it is in. */
  enter: () => void;
  /** Who stands behind it. */
  next: Comer | undefined;
}

/** A range that others are compared with: of the one who is in it or waits for it, and of a line of others behind him. */
interface Entry extends Ranged {
  first: Comer;
  last: Comer;
  /** Earlier ranges that it must not meet and that have not left; above 0, it waits. */
  blockers: number;
}

/**
 * Keeps writes from undoing each other. Plain writes may overlap as the kernel allows. One that reads
 * blocks before it writes them back, or cuts the file, has its range for itself. Who comes later waits.
 *
 * Exclusive ranges without an end all meet each other. Those that come one right after the other stand in one line, so
 * that thousands of writes at the end of a file are no more to compare with than one.
 */
export class WriteRanges {
  readonly #hasten: (end: Promise<void>) => void;
  /** Plain ones that came while nobody needed to be compared with them. */
  readonly #simple: WriteRange[] = [];
  /** The others, active and waiting. */
  readonly #entries = new RangeIndex<Entry>();
  /** The entry that came last, where others may stand behind it. */
  #latest: Entry | undefined;
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
    for (const simple of this.#simple.splice(0)) this.#note(this.#comer(simple));
    const comer = this.#comer({ start, end, exclusive, place: 0, entry: undefined });
    if (exclusive && end === Infinity && this.#latest !== undefined && this.#latest.start <= start) {
      this.#latest.last = this.#latest.last.next = comer;
      return this.#entered(comer);
    }
    const waits = this.#come(comer);
    this.#latest = exclusive && end === Infinity ? comer.range.entry : undefined;
    return waits ? this.#entered(comer) : comer.range;
  }

  /** Leaves an exclusive range for another one, before all who came after it and have not entered. */
  async exchange(range: WriteRange, start: number, end: number): Promise<WriteRange> {
    const ticket = range.entry?.first.ticket;
    const comer = this.#comer({ start, end, exclusive: true, place: 0, entry: undefined }, ticket);
    // The one line there may be behind someone who is in: it came later.
    const lines: Entry[] = [];
    this.#entries.eachOverlapping(comer.range, (entry) => {
      if (entry.blockers === 0 && entry.first.next !== undefined) lines.push(entry);
    });
    const latest = this.#latest;
    // Before the other is left: that may let it in.
    const entered = this.#come(comer) ? this.#entered(comer) : comer.range;
    this.#latest = undefined;
    for (const entry of lines) {
      const line = entry.first.next as Comer;
      entry.first.next = undefined;
      entry.last = entry.first;
      // Behind both of them, so not to enter yet. As wide as it was: who stands further back may begin before the first.
      this.#come(line, entry.start);
      if (entry === latest) this.#latest = line.range.entry;
    }
    this.leave(range);
    return entered;
  }

  leave(range: WriteRange): void {
    const { entry } = range;
    if (entry === undefined) {
      const last = this.#simple.pop();
      if (last === undefined || last === range) return;
      this.#simple[range.place] = last;
      last.place = range.place;
      return;
    }
    const { next } = entry.first;
    if (next !== undefined) {
      entry.first = next;
      next.range.entry = entry;
      next.enter();
      return;
    }
    this.#entries.delete(entry);
    if (this.#latest === entry) this.#latest = undefined;
    if (range.exclusive) this.#exclusive--;
    if (this.#waiting > 0) this.#admitAfter(entry, range.exclusive);
  }

  #comer(range: WriteRange, ticket = this.#tickets++): Comer {
    return { range, ticket, enter: () => undefined, next: undefined };
  }

  async #entered(comer: Comer): Promise<WriteRange> {
    const entered = new Promise<void>((enter) => (comer.enter = enter));
    this.#hasten(entered);
    await entered;
    return comer.range;
  }

  /**
   * Waits for the active and the earlier ones that it must not meet; the later ones that do not yet have to wait for it.
   * Whether it has to.
   */
  #come(comer: Comer, start = comer.range.start): boolean {
    const { range, ticket } = comer;
    let blockers = 0;
    this.#entries.eachOverlapping({ start, end: range.end }, (other) => {
      if (!range.exclusive && !other.first.range.exclusive) return;
      if (other.blockers > 0 && other.first.ticket > ticket) other.blockers++;
      else blockers++;
    });
    this.#note(comer, start).blockers = blockers;
    if (blockers > 0) this.#waiting++;
    else if (range.exclusive) this.#exclusive++;
    return blockers > 0;
  }

  /** Makes an entry of one, and of the line behind it. */
  #note(comer: Comer, start = comer.range.start): Entry {
    const { range } = comer;
    let last = comer;
    while (last.next !== undefined) last = last.next;
    const entry = { start, end: range.end, seen: 0, first: comer, last, blockers: 0 };
    range.entry = entry;
    this.#entries.add(entry);
    return entry;
  }

  /** All that wait and that it must not meet waited for it: nobody enters beside an earlier one that he must not meet. */
  #admitAfter(left: Entry, exclusive: boolean): void {
    const admitted: Entry[] = [];
    this.#entries.eachOverlapping(left, (entry) => {
      const blocked = entry.blockers > 0 && (exclusive || entry.first.range.exclusive);
      if (blocked && --entry.blockers === 0) admitted.push(entry);
    });
    admitted.sort((one, other) => one.first.ticket - other.first.ticket);
    for (const { first } of admitted) {
      this.#waiting--;
      if (first.range.exclusive) this.#exclusive++;
      first.enter();
    }
  }
}
