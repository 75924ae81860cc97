import type { EventWait } from './event-wait.js';

/** What is done while the event loop is watched. */
export interface Load {
  readonly bytes: number;
  readonly writes: boolean;
  /** Whether every write extends the file. */
  readonly grows: boolean;
  readonly dsync: boolean;
  /** Bytes of the file that are gone through, before it begins anew. */
  readonly span: number;
  /** Left out of a usual run. */
  readonly rare: boolean;
}

/** Operations in flight. */
export const DEPTH = 128;

const MEBIBYTE = 1 << 20;
/** Of the file that is read and overwritten. */
export const FILLED = 64 * MEBIBYTE;

function load(bytes: number, more: Partial<Load>): Load {
  return { bytes, writes: true, grows: false, dsync: false, span: FILLED - bytes, rare: false, ...more };
}

export const LOADS: Record<string, Load> = {
  'reads of 4 KiB': load(4096, { writes: false }),
  'overwrites of 4 KiB': load(4096, {}),
  'appends of 4 KiB': load(4096, { grows: true, span: Infinity }),
  'appends of 1 MiB': load(MEBIBYTE, { grows: true, span: 256 * MEBIBYTE, rare: true }),
  'durable appends of 4 KiB': load(4096, { grows: true, dsync: true, span: Infinity, rare: true }),
};

export const OURS = 'linux-aio';
export const UNPROTECTED = 'linux-aio, no helpers';
export const NODE_FS = 'node:fs';
/** As many operations a second as {@link NODE_FS} has done in the same round. */
export const AT_THEIR_RATE = "linux-aio, at node:fs's rate";
export const CONTESTANTS = [OURS, AT_THEIR_RATE, UNPROTECTED, NODE_FS] as const;
export type Contestant = (typeof CONTESTANTS)[number];

/** What one contestant's event loop had to bear in one round. */
export interface Delay extends EventWait {
  /** Operations a second. */
  operations: number;
  /** Milliseconds that a timer of 1 ms came late: quantiles, and the longest single stall. */
  p50: number;
  p99: number;
  max: number;
  /** Milliseconds of the longest io_submit(2); nothing for who makes none. */
  submit?: number;
}
