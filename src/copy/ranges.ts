import { alignDown, alignUp } from '../alignment.js';
import type { Range } from '../data-ranges.js';

/** What one operation moves. */
export interface Piece {
  readonly position: number;
  readonly length: number;
}

export type Ranges = AsyncGenerator<Range, void, undefined>;

/**
 * Ranges widened to multiples of `step`, but not beyond `length`; those that then touch become one. What they take in of
 * holes is less than a step on either side.
 */
export async function* widened(ranges: Ranges | readonly Range[], step: number, length: number): Ranges {
  let last: Range | undefined;
  for await (const range of ranges) {
    const next = { start: alignDown(range.start, step), end: Math.min(alignUp(range.end, step), length) };
    if (last !== undefined && next.start <= last.end) {
      last = { start: last.start, end: Math.max(last.end, next.end) };
      continue;
    }
    if (last !== undefined) yield last;
    last = next;
  }
  if (last !== undefined && last.end > last.start) yield last;
}

/** What is in one of two or in both, in order of its beginnings; it may overlap. */
export async function* either(left: Ranges, right: Ranges): Ranges {
  let [one, other] = [await left.next(), await right.next()];
  while (one.done !== true || other.done !== true) {
    if (other.done === true || (one.done !== true && one.value.start <= other.value.start)) {
      yield one.value as Range;
      one = await left.next();
    } else {
      yield other.value;
      other = await right.next();
    }
  }
}

/** Ranges cut into pieces of at most `size` bytes. */
export async function* pieces(ranges: Ranges, size: number): AsyncGenerator<Piece, void, undefined> {
  for await (const { start, end } of ranges) {
    for (let position = start; position < end; position += size) {
      yield { position, length: Math.min(size, end - position) };
    }
  }
}

/** Bytes of all ranges. */
export async function bytesOf(ranges: Ranges): Promise<number> {
  let bytes = 0;
  for await (const { start, end } of ranges) bytes += end - start;
  return bytes;
}
