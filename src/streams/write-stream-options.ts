import type { BufferPool } from '../buffer-pool.js';
import { invalidType, invalidValue } from '../errors.js';
import type { OpenOptions } from '../open.js';
import { flag, integer, optionsObject } from '../options.js';
import { poolFor } from './block-options.js';
import type { BehindOptions } from './write-behind.js';

/** How gathered bytes are written: see {@link WriteStreamOptions}. */
export interface WriteBehindOptions {
  /**
   * Position of the first byte, in bytes. In a file that is open for appending every byte goes to the end.
   * @default where the last call without a position ended; the beginning of a file opened by path
   */
  start?: number | undefined;
  /**
   * Bytes of the blocks that are written, rounded up to what the file's alignment asks for; 4 KiB to 64 MiB.
   * @default 1 MiB, or as much as the pool has
   */
  size?: number | undefined;
  /**
   * Blocks at the most, of which one is being filled and the others are written, 1 to 1024. How many there are depends on what the
   * device has a use for. @default 16
   */
  behind?: number | undefined;
  /** Where the blocks come from. @default a pool of the stream's own, of `behind` blocks at the most */
  pool?: BufferPool | undefined;
  /** Whether all is durable (fsync(2)) when the end is told: by 'finish', or by the promise of `close()`. @default false */
  flush?: boolean | undefined;
}

/** How a {@link WriteStream} is made: Node's options, and how it writes. */
export interface WriteStreamOptions extends WriteBehindOptions {
  /** Of strings. @default 'utf8' */
  encoding?: BufferEncoding | null | undefined;
  /** Bytes that may wait to be copied before `write` returns false. @default Node's own */
  highWaterMark?: number | undefined;
  /** Destroys the stream with an `AbortError`. */
  signal?: AbortSignal | undefined;
  /** Whether 'close' is emitted. @default true */
  emitClose?: boolean | undefined;
  /** Whether the file is closed after 'finish' or an error; `destroy` closes it in any case. @default true */
  autoClose?: boolean | undefined;
}

/** The same for a path, and how it is opened. */
export interface WriteFileStreamOptions extends WriteStreamOptions, Omit<OpenOptions, 'exact'> {
  /** Node's flag string, or O_* bits; `r+` rather than `w` for what is to be kept. @default 'w' */
  flags?: string | number | undefined;
}

const LEAST_SIZE = 4096;
const USUAL_SIZE = 1024 * 1024;
const LARGEST_SIZE = 64 * 1024 * 1024;
const USUAL_BEHIND = 16;
const MOST_BEHIND = 1024;

/** Validated options of a write stream. */
export interface WriteStreamChoice {
  behind: BehindOptions;
  flush: boolean;
  autoClose: boolean;
  encoding: BufferEncoding | undefined;
  /** What Node's Writable is made with; it validates these itself. */
  writable: { highWaterMark?: number; signal?: AbortSignal; emitClose: boolean };
}

/** How gathered bytes are to be written; throws what is wrong with it. */
export function behindOptions(options: WriteBehindOptions): BehindOptions & { flush: boolean } {
  const { start, size, behind, pool, flush } = options;
  const bytes = size === undefined ? undefined : integer('options.size', size, LEAST_SIZE, LARGEST_SIZE);
  const given = poolFor(pool, bytes);
  return {
    start: start === undefined ? undefined : integer('start', start, 0, Number.MAX_SAFE_INTEGER),
    size: bytes ?? given?.blockWithin(USUAL_SIZE) ?? USUAL_SIZE,
    behind: integer('options.behind', behind ?? USUAL_BEHIND, 1, MOST_BEHIND),
    pool: given,
    flush: flag('options.flush', flush, false),
  };
}

function encodingOf(value: unknown): BufferEncoding | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && Buffer.isEncoding(value)) return value;
  throw invalidValue('encoding', 'is invalid encoding', value);
}

/** A signal, which may be aborted already. */
export function signalOf(value: unknown): AbortSignal {
  if (!(value instanceof AbortSignal)) throw invalidType('options.signal', 'an AbortSignal', value);
  return value;
}

/** The options of a write stream, or its encoding alone. */
export function givenOptions(value: unknown): WriteFileStreamOptions {
  const encoding = typeof value === 'string' ? encodingOf(value) : undefined;
  if (encoding !== undefined) return { encoding };
  const options: WriteFileStreamOptions & { fd?: unknown } = optionsObject('options', value);
  if (options.fd !== undefined && options.fd !== null) {
    throw invalidValue('options.fd', 'cannot be given: use the createWriteStream of a file', options.fd);
  }
  return options;
}

/** Validates the options of a write stream. */
export function writeStreamChoice(given: WriteStreamOptions): WriteStreamChoice {
  const { encoding, highWaterMark, signal, emitClose, autoClose } = given;
  const { flush, ...behind } = behindOptions(given);
  const writable: WriteStreamChoice['writable'] = { emitClose: flag('options.emitClose', emitClose, true) };
  if (highWaterMark !== undefined) writable.highWaterMark = highWaterMark;
  if (signal !== undefined) writable.signal = signalOf(signal);
  return {
    behind,
    flush,
    autoClose: flag('options.autoClose', autoClose, true),
    encoding: encodingOf(encoding),
    writable,
  };
}
