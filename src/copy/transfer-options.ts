import { alignUp } from '../alignment.js';
import type { DirectFile } from '../direct-file.js';
import { invalidType } from '../errors.js';
import { abortSignal, integer, optionsObject } from '../options.js';
import type { ProgressCallback } from './progress.js';

/** How much is moved at once, who is told, and who may end it. Memory is `blockSize * inFlight`, from a pool that goes with the call. */
export interface TransferOptions {
  /** Bytes of one operation, 4 KiB to 64 MiB; rounded up to what the files' alignment asks for. @default 1 MiB */
  blockSize?: number | undefined;
  /** Operations in flight at the most, on both sides together, 1 to 1024. @default 16 */
  inFlight?: number | undefined;
  /**
   * Told how far it has come, at most ten times a second and once at the end of each phase. What it throws ends the call,
   * which then rejects with that.
   */
  progress?: ProgressCallback | undefined;
  /** Rejects with an `AbortError`, when what is in flight has ended and everything is as it was before. */
  signal?: AbortSignal | undefined;
}

/** Validated. */
export interface Transfer {
  readonly blockSize: number;
  readonly inFlight: number;
  readonly progress: ProgressCallback | undefined;
  readonly signal: AbortSignal | undefined;
}

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** The options of a call, each of them read once. */
export function transferOptions(options: unknown): Transfer {
  const { blockSize, inFlight, progress, signal } = optionsObject('options', options) as TransferOptions;
  if (progress !== undefined && typeof progress !== 'function') {
    throw invalidType('options.progress', 'of type function', progress);
  }
  return {
    blockSize: integer('options.blockSize', blockSize ?? MEBIBYTE, 4 * KIBIBYTE, 64 * MEBIBYTE),
    inFlight: integer('options.inFlight', inFlight ?? 16, 1, 1024),
    progress,
    signal: abortSignal(signal),
  };
}

/** What positions and lengths have to be multiples of, so that every one of the files takes them as they are. */
export function stepOf(...files: readonly DirectFile[]): number {
  return Math.max(...files.map(({ alignment: { memory, offset, read } }) => Math.max(memory, offset, read)));
}

/** Bytes of one operation on files with this step, of which there are no more than `length`. */
export function blockBytes({ blockSize }: Transfer, step: number, length: number): number {
  return Math.min(alignUp(blockSize, step), alignUp(Math.max(length, 1), step));
}
