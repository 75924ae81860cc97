/** What is done, in fio's words. */
export const PATTERNS = ['randread', 'randwrite', 'read', 'write', 'randrw', 'rw'] as const;
export type Pattern = (typeof PATTERNS)[number];

/** Who does it. */
export const ENGINES = ['linux-aio', 'node:fs'] as const;
export type Engine = (typeof ENGINES)[number];

/** What each of the threads of one round does. */
export interface Job {
  path: string;
  pattern: Pattern;
  /** Of the operations of a mixed pattern, the percentage that reads. */
  readPercent: number;
  /** Bytes of one operation. */
  blockSize: number;
  /** Operations in flight of each thread. */
  depth: number;
  /** Threads. */
  threads: number;
  /** Length of the measurement and of the same work before it, which is not counted, in seconds. */
  runtime: number;
  rampTime: number;
  /** Bytes from the start of the target that are read or written. */
  size: number;
  /** Operations a second of each thread at the most. */
  rate: number | undefined;
}

export function isRandom(pattern: Pattern): boolean {
  return pattern.startsWith('rand');
}

/** The share of reads among the operations. */
export function readShare({ pattern, readPercent }: Job): number {
  if (pattern.endsWith('rw')) return readPercent / 100;
  return pattern.endsWith('read') ? 1 : 0;
}

export function writes(pattern: Pattern): boolean {
  return !pattern.endsWith('read');
}
