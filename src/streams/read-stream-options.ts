import type { BufferPool } from '../buffer-pool.js';
import { invalidType, invalidValue } from '../errors.js';
import type { OpenFile } from '../open-file.js';
import type { OpenOptions } from '../open.js';
import { flag, optionsObject } from '../options.js';
import { LEAST_UNSEEN } from './chunk-store.js';
import { checkedMemory, memoryOf, rangeOf, type BlocksOptions, type ReadPlan } from './block-options.js';

/** Node's options of a read stream, and what is said of its memory. */
export interface ReadStreamOptions extends BlocksOptions {
  /**
   * Position of the first byte. @default 0 of a stream that was opened by its path; of a file's, where its last sequential
   * operation ended: then the file's position follows the stream's
   */
  start?: number | undefined;
  /**
   * Position of the last byte, which is read too. Where a file's stream has no `start`, it counts from where that begins, as
   * Node has it. @default the end of the file, wherever it is when it is reached
   */
  end?: number | undefined;
  /**
   * Bytes of a chunk but for the last, and bytes of chunks that wait for the consumer. What is read ahead beside them is told by
   * `size` and `ahead`. @default 64 KiB
   */
  highWaterMark?: number | undefined;
  /** Chunks are strings. @default Buffers, the consumer's own */
  encoding?: BufferEncoding | null | undefined;
  /** Close the file at the end, and after an error. @default true */
  autoClose?: boolean | undefined;
  /** Emit `close` when the stream is destroyed. @default true */
  emitClose?: boolean | undefined;
  /** Bytes of a block that is read ahead. @default 512 KiB or a chunk, up to 1 MiB; with `pool`, a chunk or as much as it has */
  size?: number | undefined;
  /**
   * Where the blocks come from that chunks are copied out of; any number of readers may share one, and it bounds what they read
   * ahead. @default none where chunks are of whole blocks and 256 KiB or more: they are read into; otherwise one of its own
   * with room for `ahead` blocks and one
   */
  pool?: BufferPool | undefined;
}

/** The same of a stream that opens its file. */
export interface PathReadStreamOptions extends ReadStreamOptions, Omit<OpenOptions, 'exact'> {}

/** What a stream does beside reading. */
export interface StreamManner {
  readonly start: number | undefined;
  readonly end: number;
  readonly encoding: BufferEncoding | undefined;
  readonly highWaterMark: number;
  readonly autoClose: boolean;
  readonly emitClose: boolean;
  readonly signal: AbortSignal | undefined;
  /** As given; its memory is checked when the file is known. */
  readonly options: ReadStreamOptions;
}

const CHUNK = 64 * 1024;
const BLOCK = 512 * 1024;
const LARGEST_BLOCK = 1024 * 1024;

/** An encoding alone says as much as options with it. */
export function withEncoding(given: unknown): object {
  return typeof given === 'string' ? { encoding: given } : optionsObject('options', given);
}

export function streamManner(given: unknown): StreamManner {
  const options = withEncoding(given) as ReadStreamOptions & { fd?: unknown; fs?: unknown };
  const { encoding, highWaterMark = CHUNK, signal } = options;
  if (options.fd !== undefined && options.fd !== null) {
    throw invalidValue('options.fd', 'cannot be given: use the createReadStream of a file', options.fd);
  }
  if (encoding !== undefined && encoding !== null && !Buffer.isEncoding(encoding)) {
    throw invalidValue('encoding', 'is not known', encoding);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidType('options.signal', 'an AbortSignal', signal);
  }
  checkedMemory(options);
  return {
    ...rangeOf(options.start, options.end),
    encoding: encoding ?? undefined,
    highWaterMark,
    autoClose: flag('options.autoClose', options.autoClose, true),
    emitClose: flag('options.emitClose', options.emitClose, true),
    signal,
    options,
  };
}

/** How a stream reads what it makes chunks of. */
export function streamPlan(file: OpenFile, manner: StreamManner, start: number, end: number): ReadPlan {
  const { options, highWaterMark } = manner;
  const chunk = Math.max(1, Math.min(highWaterMark, LARGEST_BLOCK));
  const whole = options.pool !== undefined || (chunk >= LEAST_UNSEEN && chunk % file.facts.alignment.read === 0);
  const usual = whole ? chunk : Math.max(BLOCK, chunk);
  return { start, end, ...memoryOf(file, options, usual), signal: undefined };
}
