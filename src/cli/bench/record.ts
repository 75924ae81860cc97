import type { Engine, Job } from './job.js';
import { type Latency, latencyOf } from './latency.js';
import type { PartResult, SideResult } from './messages.js';
import type { Round } from './round.js';
import { median, sum } from './statistics.js';
import type { Target } from './target.js';

/** Reads, or writes. Those that were complete within the measurement count. */
export interface SideRecord {
  operations: number;
  bytes: number;
  /** Operations a second. */
  iops: number;
  bytesPerSecond: number;
  /** From the call to its result. */
  latency: Latency;
}

/** What was measured together: one round, or all rounds of an engine. */
export interface Measurement {
  /** Length of the measurement. */
  seconds: number;
  operations: number;
  bytes: number;
  iops: number;
  bytesPerSecond: number;
  /** User and system time of the process, all threads. */
  cpuMicrosPerOperation: number;
  /** Mean number of operations in flight, of all threads together. */
  depth: number;
  read?: SideRecord;
  write?: SideRecord;
}

export interface RoundRecord extends Measurement {
  /** Operations a second, every tenth of one. */
  timeline: number[];
}

export interface EngineRecord {
  engine: Engine;
  /** All rounds taken together: operations = seconds x iops. */
  total: Measurement;
  rounds: RoundRecord[];
}

/** linux-aio beside the other engine: operations a second in the same round, one divided by the other. */
export interface Comparison {
  to: Engine;
  median: number;
  min: number;
  max: number;
}

/** All that `bench --json` prints. */
export interface BenchRecord {
  /** Of the package. */
  version: string;
  date: string;
  target: Pick<Target, 'path' | 'kind' | 'size' | 'created'> & {
    filesystem: string | undefined;
    device: string | undefined;
    /** Whether it was read and written past the page cache. */
    direct: boolean;
    /** What carried linux-aio's operations out: kernel AIO, or node:fs where there is none. */
    carrier: 'aio' | 'fs';
  };
  job: Omit<Job, 'path' | 'size'>;
  machine: { kernel: string; node: string; cpu: string; cpus: number; threadPool: number };
  engines: EngineRecord[];
  comparison?: Comparison;
  notes: string[];
}

function sideRecord(sides: readonly SideResult[], seconds: number, blockSize: number): SideRecord | undefined {
  const operations = sum(sides.map((side) => side.operations));
  if (operations === 0) return undefined;
  const bytes = operations * blockSize;
  return {
    ...{ operations, bytes, iops: operations / seconds, bytesPerSecond: bytes / seconds },
    latency: latencyOf(sides),
  };
}

/** @param rounds the threads of each. */
function measurementOf(rounds: readonly (readonly PartResult[])[], blockSize: number): Measurement {
  const parts = rounds.flat();
  // Threads measure at the same time, rounds one after the other.
  const seconds = sum(rounds.map((threads) => sum(threads.map((part) => part.seconds)) / threads.length));
  const sides = parts.flatMap(({ read, write }) => [read, write]);
  const operations = sum(sides.map((side) => side.operations));
  const bytes = operations * blockSize;
  const read = sideRecord(
    parts.map((part) => part.read),
    seconds,
    blockSize,
  );
  const write = sideRecord(
    parts.map((part) => part.write),
    seconds,
    blockSize,
  );
  return {
    ...{ seconds, operations, bytes, iops: operations / seconds, bytesPerSecond: bytes / seconds },
    // Of the process: every thread has seen all of it.
    cpuMicrosPerOperation: sum(rounds.map((threads) => threads[0]!.cpuMicros)) / Math.max(1, operations),
    depth: sum(parts.map((part) => part.depth * part.seconds)) / seconds,
    ...(read && { read }),
    ...(write && { write }),
  };
}

export function engineRecord(engine: Engine, rounds: readonly Round[], blockSize: number): EngineRecord {
  const own = rounds.filter((round) => round.engine === engine);
  return {
    engine,
    total: measurementOf(
      own.map(({ parts }) => parts),
      blockSize,
    ),
    rounds: own.map(({ parts, timeline }) => ({ ...measurementOf([parts], blockSize), timeline })),
  };
}

/** The first engine beside the second, where there are two. */
export function comparisonOf([ours, other]: readonly EngineRecord[]): Comparison | undefined {
  if (ours === undefined || other === undefined) return undefined;
  const ratios = ours.rounds.map(({ iops }, round) => iops / other.rounds[round]!.iops);
  return { to: other.engine, median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}
