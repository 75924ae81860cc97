import { alignUp } from '../alignment.js';
import { BufferPool } from '../buffer-pool.js';
import { invalidType, outOfRange } from '../errors.js';
import type { OpenFile } from '../open-file.js';
import { abortSignal, integer, optionsObject } from '../options.js';

/** Which part of a file is read in blocks, and with what memory. */
export interface BlocksOptions {
  /** Position of the first byte. @default 0 */
  start?: number | undefined;
  /** Position of the last byte, which is read too. @default the end of the file, wherever it is when it is reached */
  end?: number | undefined;
  /**
   * Bytes of a block, rounded up to a multiple of `file.alignment.read`; 1 byte to 1 GiB. A pool gives powers of two, up to 4 MiB.
   * @default 512 KiB, or as much as the pool has
   */
  size?: number | undefined;
  /**
   * Blocks that are read ahead of the consumer at the most, 0 to 1024; fewer where that is as fast, or where others wait for the
   * pool's memory. @default 8
   */
  ahead?: number | undefined;
  /**
   * Where the blocks come from; any number of readers may share one. It must have room for one block more than their
   * consumers hold at once. @default one of its own with room for `ahead` blocks and one, closed at the end
   */
  pool?: BufferPool | undefined;
  /** Rejects with an `AbortError`, and gives every block back that was not handed out. */
  signal?: AbortSignal | undefined;
}

/** How a range is read: checked, and in whole blocks. */
export interface ReadPlan {
  readonly start: number;
  /** Position behind the last byte. */
  readonly end: number;
  readonly size: number;
  readonly ahead: number;
  readonly pool: BufferPool | undefined;
  readonly signal: AbortSignal | undefined;
}

const SIZE = 512 * 1024;
const AHEAD = 8;
const LARGEST_SIZE = 2 ** 30;
const MOST_AHEAD = 1024;

/** A range as Node's streams have it: `end` is in it, and may be Infinity. */
export function rangeOf(start: unknown, end: unknown): { start: number | undefined; end: number } {
  const first = start === undefined ? undefined : integer('start', start, 0, Number.MAX_SAFE_INTEGER);
  if (end === undefined || end === null || end === Infinity) return { start: first, end: Infinity };
  const last = integer('end', end, 0, Number.MAX_SAFE_INTEGER);
  if (first !== undefined && first > last) throw outOfRange('start', `<= "end" (here: ${String(last)})`, first);
  return { start: first, end: last + 1 };
}

/** Somebody's pool that has room for a block of `size` bytes, if any is said. */
export function poolFor(pool: unknown, size: number | undefined): BufferPool | undefined {
  if (pool === undefined) return undefined;
  if (!(pool instanceof BufferPool)) throw invalidType('options.pool', 'a BufferPool', pool);
  if (size !== undefined && BufferPool.bytesFor(size) > pool.limit) {
    throw outOfRange('options.size', `at most the pool's limit, ${pool.limit}`, size);
  }
  return pool;
}

/** What is said of memory, as far as it can be looked at without a file. */
export function checkedMemory(options: BlocksOptions): Pick<BlocksOptions, 'size' | 'ahead' | 'pool'> {
  const size = options.size === undefined ? undefined : integer('options.size', options.size, 1, LARGEST_SIZE);
  const ahead = integer('options.ahead', options.ahead ?? AHEAD, 0, MOST_AHEAD);
  return { size, ahead, pool: poolFor(options.pool, size) };
}

/** The same for a file, in all that reads in blocks. */
export function memoryOf(
  { facts }: OpenFile,
  options: BlocksOptions,
  usual: number,
): Pick<ReadPlan, 'size' | 'ahead' | 'pool'> {
  const { size, ahead = AHEAD, pool } = checkedMemory(options);
  const whole = alignUp(size ?? pool?.blockWithin(usual) ?? usual, facts.alignment.read);
  return { size: whole, ahead, pool: poolFor(pool, whole) };
}

/** The plan of what begins at a position. */
export function planOf(file: OpenFile, given: unknown): ReadPlan {
  const options = optionsObject('options', given) as BlocksOptions;
  const signal = abortSignal(options.signal);
  const { start = 0, end } = rangeOf(options.start, options.end);
  return { start, end, ...memoryOf(file, options, SIZE), signal };
}
