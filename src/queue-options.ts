import { invalidType, invalidValue } from './errors.js';
import { flag, integer, optionsObject } from './options.js';

/** When enqueued operations are submitted. */
export type BatchMode = 'microtask' | 'immediate' | 'manual';

/**
 * Who carries operations out: `aio`, kernel AIO; `fs`, node:fs on its four threads; `auto`, kernel AIO where it is to be
 * had, otherwise node:fs, with one warning.
 */
export type EngineChoice = 'auto' | 'aio' | 'fs';

export interface SubmissionQueueOptions {
  /** `aio` rejects where there is no kernel AIO. @default 'auto' */
  engine?: EngineChoice | undefined;
  /**
   * Operations in flight at the most, of kernel AIO and of what goes through node:fs each; what the thread is charged
   * of fs.aio-max-nr. 1 to 4096. @default 128
   */
  depth?: number | undefined;
  /**
   * Operations enqueued and not yet settled at the most. One more on memory of a pool fails with `ERR_AIO_QUEUE_FULL`, as
   * does a batch of more; copies, appends, syncs and calls without a position wait for room. 1 to 2^20. @default 65536
   */
  capacity?: number | undefined;
  /**
   * Operations handed to one io_submit(2) at the most, 1 to 4096. `auto`: the queue tries sizes from 1 to 128 while it is busy,
   * and keeps to what gives the most operations a second: see `chunk` of {@link SubmissionQueue.stats}.
   * @default 8; 64 for files on tmpfs
   */
  chunk?: number | 'auto' | undefined;
  /**
   * `microtask`: at the end of the running turn's code; `immediate`: after the loop's other callbacks;
   * `manual`: when {@link SubmissionQueue.flush} is called. While `drain`, `close` or a call of several steps is under
   * way (a sync, a copy, one without a position, one that waits for another) the queue submits by itself, and so while a
   * call of another queue waits for its writes to the same file. What is never flushed is never carried out, and does not
   * keep the process alive. Files that go through node:fs begin at once.
   * @default 'microtask'
   */
  batch?: BatchMode | undefined;
  /**
   * Have threads of the library's own do what would block inside io_submit(2) and hold the event loop: writes that
   * extend a file on ext4, writes on btrfs, operations of more than 8 MiB, and whatever is measured to. Appends on xfs are
   * theirs in any case. And where reads and writes are copies in memory (tmpfs, zram) and come thick and fast, a
   * second thread submits some of them at the same time, on another processor, where there is one: see `paired` of
   * {@link SubmissionQueue.stats}. @default true
   */
  helpers?: boolean | undefined;
  /**
   * Wait for completions awake, before the event loop falls asleep: at most 50 us at a time and 500 us a turn, with at most
   * 64 operations in flight, and only while no other queue of the thread has any and the loop has no other event. A queue
   * measures now and then whether that makes operations faster and what it costs, and leaves it where it does not pay; see `spins` and `spinHits` of
   * {@link SubmissionQueue.stats}. @default true
   */
  spin?: boolean | undefined;
  /** Read completions from the kernel's ring rather than by io_getevents(2). @default true */
  ring?: boolean | undefined;
}

const MAX_DEPTH = 4096;

/** Validated options of a queue. */
export interface QueueOptions {
  engine: EngineChoice;
  depth: number;
  capacity: number;
  /** Undefined: the usual one. */
  chunk: number | 'auto' | undefined;
  batch: BatchMode;
  helpers: boolean;
  ring: boolean;
  spin: boolean;
}

function chunkOf(value: unknown): number | 'auto' | undefined {
  if (value === undefined || value === 'auto') return value;
  if (typeof value !== 'number') throw invalidType('options.chunk', "a number or 'auto'", value);
  return integer('options.chunk', value, 1, MAX_DEPTH);
}

export function queueOptions(value: unknown): QueueOptions {
  const given: SubmissionQueueOptions = optionsObject('options', value);
  return {
    engine: engineChoice(given.engine),
    depth: integer('options.depth', given.depth ?? 128, 1, MAX_DEPTH),
    capacity: integer('options.capacity', given.capacity ?? 65_536, 1, 1 << 20),
    chunk: chunkOf(given.chunk),
    batch: batchMode(given.batch),
    helpers: flag('options.helpers', given.helpers, true),
    ring: flag('options.ring', given.ring, true),
    spin: flag('options.spin', given.spin, true),
  };
}

export function engineChoice(value: unknown): EngineChoice {
  if (value === undefined) return 'auto';
  if (value === 'auto' || value === 'aio' || value === 'fs') return value;
  throw invalidValue('options.engine', "must be 'auto', 'aio' or 'fs'", value);
}

function batchMode(value: unknown): BatchMode {
  if (value === undefined) return 'microtask';
  if (value === 'microtask' || value === 'immediate' || value === 'manual') return value;
  throw invalidValue('options.batch', "must be 'microtask', 'immediate' or 'manual'", value);
}
