import type { Engine, Job } from './job.js';
import type { Counts } from './side.js';

/** What a thread is started with. */
export interface Part {
  job: Job;
  engine: Engine;
  /** Which of the threads it is. */
  thread: number;
  seed: number;
  /** Operations of each thread until now, for who watches. */
  operations: Float64Array<SharedArrayBuffer>;
}

/** The reads, or the writes, of a thread during the measurement. */
export interface SideResult {
  operations: number;
  /** Of their latencies, in milliseconds. */
  sum: number;
  latency: Counts;
}

export interface PartResult {
  /** Length of the measurement. */
  seconds: number;
  /** CPU time of the whole process meanwhile, in microseconds. */
  cpuMicros: number;
  /** Mean number of operations in flight. */
  depth: number;
  read: SideResult;
  write: SideResult;
}

/** A failure as it crosses to another thread. */
export interface PartFailure {
  message: string;
  code: string | undefined;
  errno: number | undefined;
  syscall: string | undefined;
  path: string | undefined;
}

/** From a thread: it is ready for its {@link Order}; then one of the others, and its end. */
export type Message =
  { type: 'ready' } | { type: 'result'; result: PartResult } | { type: 'failure'; failure: PartFailure };

/** To a thread. */
export type Order = 'begin' | 'stop';
