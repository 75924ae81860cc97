/** What the parent says to the process of a build, one order at a time, and what it is answered. */

export const LOADS = ['promises', 'batches', 'writes'] as const;
/** `promises`: a promise for each read; `batches`: one for each batch, of which four are under way; `writes`: a promise for each overwrite. */
export type LoadName = (typeof LOADS)[number];

/** Everything that is measured together and compared with nothing else. */
export interface Cell {
  target: string;
  depth: number;
  load: LoadName;
}

/** Makes ready for a cell: opens the file, checks the bytes of some operations, warms up. Answered by {@link Ready}. */
export interface Prepare {
  order: 'prepare';
  load: LoadName;
  path: string;
  /** Bytes of it: the first half is read from, the second overwritten. */
  size: number;
  depth: number;
  /** Seconds. */
  warmup: number;
}

/** Reads or overwrites so many blocks. Answered by {@link Slice}. */
export interface Play {
  order: 'play';
  operations: number;
  /** Of the sequence of positions. */
  seed: number;
}

export type Order = Prepare | Play;

export interface Ready {
  operationsPerSecond: number;
}

export interface Slice {
  seconds: number;
  /** User and system time of the process with all its threads. */
  cpuMicros: number;
}

/** The module of one build. Both have to bear the same load. */
export type Library = typeof import('../../index.js');

/** Of the environment: per cent of CPU time that a build wastes on purpose, to see that it would be noticed. */
export const SLOWED = 'LINUX_AIO_BENCHMARK_SLOWED';

/** Bytes of one operation. */
export const BLOCK = 4096;
