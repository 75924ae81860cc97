import { combineRanges, parse, type Range } from 'range-parser';

/** Ranges of one request. More are no player's. */
const MOST = 32;

/**
 * The parts of `size` bytes that a Range header asks for, in its order, those that overlap or adjoin put together.
 *
 * @returns undefined for the whole (another unit, or nothing that can be understood); none where there are no such bytes, or
 *   too many ranges.
 */
export function rangesOf(header: string, size: number): readonly Range[] | undefined {
  const { type, code, ranges } = parse(size, header);
  if (type !== 'bytes' || (code & MALFORMED) !== 0) return undefined;
  if (header.split(',', MOST + 1).length > MOST) return [];
  // Nothing of nothing: the last bytes of an empty file are all that it has.
  if (code === 0 && ranges.length === 0) return undefined;
  return combineRanges(ranges).map(({ start, end }) => ({ start, end }));
}

const MALFORMED = 1;

export type { Range };
