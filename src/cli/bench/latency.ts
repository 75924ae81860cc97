import type { SideResult } from './messages.js';
import { sum } from './statistics.js';

/** How long operations took, in microseconds. */
export interface Latency {
  min: number;
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  p9999: number;
  max: number;
  /** In ascending order: up to so many microseconds, and above the row before, so many operations. */
  histogram: [upTo: number, count: number][];
}

/** Rows of the histogram from a latency to twice as much. */
const STEPS = 8;

/** Nanoseconds in ascending order, and how many took that long. */
function merged(sides: readonly SideResult[]): [nanos: number, count: number][] {
  const counts = new Map<number, number>();
  for (const { latency } of sides) {
    for (let index = 0; index < latency.length; index += 2) {
      const nanos = latency[index]!;
      counts.set(nanos, (counts.get(nanos) ?? 0) + latency[index + 1]!);
    }
  }
  return [...counts].sort(([a], [b]) => a - b);
}

/** The latency that the share `p` of the operations does not exceed. */
function quantile(pairs: readonly [number, number][], total: number, p: number): number {
  let seen = 0;
  for (const [nanos, count] of pairs) {
    seen += count;
    if (seen >= total * p) return nanos;
  }
  return pairs.at(-1)![0];
}

/** The same in fewer rows. */
function rows(pairs: readonly [nanos: number, count: number][]): [number, number][] {
  const counts = new Map<number, number>();
  for (const [nanos, count] of pairs) {
    const step = Math.ceil(Math.log2(nanos) * STEPS);
    counts.set(step, (counts.get(step) ?? 0) + count);
  }
  return [...counts].map(([step, count]) => [Number((2 ** (step / STEPS) / 1000).toPrecision(4)), count]);
}

/** Of the operations of all threads, of which there is one at least. */
export function latencyOf(sides: readonly SideResult[]): Latency {
  const pairs = merged(sides);
  const total = sum(sides.map(({ operations }) => operations));
  const at = (p: number): number => quantile(pairs, total, p) / 1000;
  return {
    ...{ min: at(0), mean: (sum(sides.map((side) => side.sum)) / total) * 1000 },
    ...{ p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), p9999: at(0.9999), max: at(1) },
    histogram: rows(pairs),
  };
}
