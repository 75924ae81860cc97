/** Doubles of a record before its segments, and of a segment: see record.rs. */
const HEADER = 7;
const SEGMENT = 3;
const MAX_SEGMENTS = 1024;
/** Doubles of a run before its operations, and of each of them. */
const RUN = HEADER + 2;
const PLACE = 3;
/** Where in the header the number of segments is; below 0, that of a run's operations. */
const COUNT = HEADER - 1;

/** Doubles of a record with at most one segment: of a run that it begins. */
export const RECORD = RUN + PLACE;

/** Doubles for `depth` such records and the longest vectored one. */
export function recordsFor(depth: number): number {
  return depth * RECORD + HEADER + MAX_SEGMENTS * SEGMENT;
}

/** Doubles of a record with `segments` as triples of slab, offset, length. */
export function vectoredRecord(segments: readonly number[]): number {
  return HEADER + segments.length;
}

/**
 * The array of plain numbers in which the native part finds the next batch: one record for each operation, or for several
 * in a row that differ only in their place (a run).
 */
export class Records {
  readonly #array: Float64Array;
  #length = 0;
  /** Where the last record begins, if it is a run; otherwise -1. */
  #run = -1;

  constructor(array: Float64Array) {
    this.#array = array;
  }

  /** Doubles that are written. */
  get length(): number {
    return this.#length;
  }

  fits(doubles: number): boolean {
    return this.#length + doubles <= this.#array.length;
  }

  /** Records with at most one segment that fit in any case. */
  get room(): number {
    return Math.floor((this.#array.length - this.#length) / RECORD);
  }

  /** A record with at most one segment; `slab` 0: none. */
  write(
    slot: number,
    opcode: number,
    file: number,
    position: number,
    rwFlags: number,
    priority: number,
    slab: number,
    offset: number,
    length: number,
  ): void {
    if (slab === 0) {
      this.#run = -1;
      this.#length = this.#begin(slot, opcode, file, position, rwFlags, priority, 0);
      return;
    }
    this.beginRun(1, opcode, file, rwFlags, priority, slab, length);
    this.place(slot, position, offset);
  }

  /**
   * A record for many operations of `length` bytes each in one slab, which fits: slots, positions and offsets are then told one by
   * one by {@link Records.place}.
   */
  beginRun(
    count: number,
    opcode: number,
    file: number,
    rwFlags: number,
    priority: number,
    slab: number,
    length: number,
  ): void {
    if (!this.#continues(opcode, file, rwFlags, priority, slab, length)) {
      this.#beginRun(opcode, file, rwFlags, priority, slab, length);
    }
    this.#array[this.#run + COUNT]! -= count;
  }

  /** One of the operations that were announced. */
  place(slot: number, position: number, offset: number): void {
    const array = this.#array;
    const cursor = this.#length;
    array[cursor] = slot;
    array[cursor + 1] = position;
    array[cursor + 2] = offset;
    this.#length = cursor + PLACE;
  }

  #continues(opcode: number, file: number, rwFlags: number, priority: number, slab: number, length: number): boolean {
    const array = this.#array;
    const run = this.#run;
    return (
      run >= 0 &&
      array[run + HEADER] === slab &&
      array[run + HEADER + 1] === length &&
      array[run + 1] === opcode &&
      array[run + 2] === file &&
      array[run + 4] === rwFlags &&
      array[run + 5] === priority
    );
  }

  #beginRun(opcode: number, file: number, rwFlags: number, priority: number, slab: number, length: number): void {
    this.#run = this.#length;
    let cursor = this.#begin(0, opcode, file, 0, rwFlags, priority, 0);
    this.#array[cursor++] = slab;
    this.#array[cursor++] = length;
    this.#length = cursor;
  }

  writeVectored(
    slot: number,
    opcode: number,
    file: number,
    position: number,
    rwFlags: number,
    priority: number,
    segments: readonly number[],
  ): void {
    const cursor = this.#begin(slot, opcode, file, position, rwFlags, priority, segments.length / SEGMENT);
    this.#run = -1;
    // Not by the array's own method, which a program may have replaced: it is not to see the array.
    for (let index = 0; index < segments.length; index++) this.#array[cursor + index] = segments[index] as number;
    this.#length = cursor + segments.length;
  }

  /** Writes what is before the segments; where these begin. */
  #begin(
    slot: number,
    opcode: number,
    file: number,
    position: number,
    rwFlags: number,
    priority: number,
    segments: number,
  ): number {
    const array = this.#array;
    let cursor = this.#length;
    array[cursor++] = slot;
    array[cursor++] = opcode;
    array[cursor++] = file;
    array[cursor++] = position;
    array[cursor++] = rwFlags;
    array[cursor++] = priority;
    array[cursor++] = segments;
    return cursor;
  }

  /** Takes the operation of a slot out; whether it was there. */
  remove(slot: number): boolean {
    const array = this.#array;
    for (let start = 0, end = 0; start < this.#length; start = end) {
      end = this.#endOf(start);
      const count = this.#runAt(start);
      if (count === 0 && array[start] === slot) {
        this.#cut(start, end);
        return true;
      }
      for (let place = end - count * PLACE; place < end; place += PLACE) {
        if (array[place] !== slot) continue;
        array[start + COUNT] = 1 - count;
        // The last one takes the run with it: one of none would be a record without segments.
        if (count === 1) this.#cut(start, end);
        else this.#cut(place, place + PLACE);
        return true;
      }
    }
    return false;
  }

  #cut(start: number, end: number): void {
    const array = this.#array;
    for (let from = end; from < this.#length; from++) array[start + from - end] = array[from] as number;
    this.#length -= end - start;
    this.#run = -1;
  }

  /** Hands the batch over and begins the next: its doubles, which stay as they are until one is written. */
  take(): number {
    const length = this.#length;
    this.#length = 0;
    this.#run = -1;
    return length;
  }

  /** The slots of a batch that was taken. */
  *slots(length: number): Generator<number> {
    for (let start = 0, end = 0; start < length; start = end) {
      end = this.#endOf(start);
      const count = this.#runAt(start);
      if (count === 0) yield this.#array[start] as number;
      for (let place = end - count * PLACE; place < end; place += PLACE) yield this.#array[place] as number;
    }
  }

  /** Operations of the run that begins there; 0 where it is a record of one. */
  #runAt(start: number): number {
    return Math.max(0, -(this.#array[start + COUNT] as number));
  }

  #endOf(start: number): number {
    const count = this.#runAt(start);
    if (count > 0) return start + RUN + count * PLACE;
    return start + HEADER + SEGMENT * (this.#array[start + COUNT] as number);
  }
}
