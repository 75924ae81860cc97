/** Doubles of a record before its segments, and of a segment: see record.rs. */
const HEADER = 7;
const SEGMENT = 3;
const MAX_SEGMENTS = 1024;

/** Doubles of a plain record. */
export const RECORD = HEADER + SEGMENT;

/** Doubles for `depth` plain records and the longest vectored one. */
export function recordsFor(depth: number): number {
  return depth * RECORD + HEADER + MAX_SEGMENTS * SEGMENT;
}

/** Doubles of a record with `segments` as triples of slab, offset, length. */
export function vectoredRecord(segments: readonly number[]): number {
  return HEADER + segments.length;
}

/** The array of plain numbers in which the native part finds the next batch: one record for each operation. */
export class Records {
  readonly #array: Float64Array;
  #length = 0;

  constructor(memory: ArrayBuffer) {
    this.#array = new Float64Array(memory);
  }

  /** Doubles that are written. */
  get length(): number {
    return this.#length;
  }

  fits(doubles: number): boolean {
    return this.#length + doubles <= this.#array.length;
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
    let cursor = this.#begin(slot, opcode, file, position, rwFlags, priority, slab === 0 ? 0 : 1);
    if (slab !== 0) {
      const array = this.#array;
      array[cursor++] = slab;
      array[cursor++] = offset;
      array[cursor++] = length;
    }
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
    this.#array.set(segments, cursor);
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

  /** Takes the record of a slot out; whether it was there. */
  remove(slot: number): boolean {
    const array = this.#array;
    for (let start = 0, end = 0; start < this.#length; start = end) {
      end = this.#endOf(start);
      if (array[start] !== slot) continue;
      array.copyWithin(start, end, this.#length);
      this.#length -= end - start;
      return true;
    }
    return false;
  }

  /** Hands the batch over and begins the next: its doubles, which stay as they are until one is written. */
  take(): number {
    const length = this.#length;
    this.#length = 0;
    return length;
  }

  /** The slots of a batch that was taken. */
  *slots(length: number): Generator<number> {
    for (let start = 0; start < length; start = this.#endOf(start)) yield this.#array[start] as number;
  }

  #endOf(start: number): number {
    return start + HEADER + SEGMENT * (this.#array[start + HEADER - 1] as number);
  }
}
