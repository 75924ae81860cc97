/** What is done at depth 128 while the event loop is watched. */
export interface Load {
  readonly bytes: number;
  readonly writes: boolean;
  /** Whether every write extends the file. */
  readonly grows: boolean;
  readonly dsync: boolean;
  /** Bytes of the file that are gone through, before it begins anew. */
  readonly span: number;
}

const MEBIBYTE = 1 << 20;
/** Of the file that is read and overwritten. */
export const FILLED = 64 * MEBIBYTE;

function load(bytes: number, more: Partial<Load>): Load {
  return { bytes, writes: true, grows: false, dsync: false, span: FILLED - bytes, ...more };
}

export const LOADS: Record<string, Load> = {
  'reads of 4 KiB': load(4096, { writes: false }),
  'overwrites of 4 KiB': load(4096, {}),
  'appends of 4 KiB': load(4096, { grows: true, span: Infinity }),
  'appends of 1 MiB': load(MEBIBYTE, { grows: true, span: 256 * MEBIBYTE }),
  'durable appends of 4 KiB': load(4096, { grows: true, dsync: true, span: Infinity }),
};

/** Operations a second, milliseconds that the event loop came late, and milliseconds of the longest io_submit(2). */
export interface Delay {
  operations: number;
  p50: number;
  p99: number;
  max: number;
  /** None of those who do not submit. */
  submit?: number;
}
