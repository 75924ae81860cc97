import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Comparison } from './comparison.js';
import { linesOf, regressions, type Result } from './result.js';

/** What is worth keeping of a comparison for years. */
function essence({ base, head, ratio, low, high, noise, verdict }: Comparison) {
  return {
    base: round(base),
    head: round(head),
    ratio: round(ratio),
    low: round(low),
    high: round(high),
    noise: round(noise),
    verdict,
  };
}

/** Five digits: more would be noise. */
function round(value: number): number {
  return Number(value.toPrecision(5));
}

/** Of a run, one line of JSON. */
export function historyLine(result: Result): string {
  const { machine, base, head, options } = result;
  const lines = linesOf(result).map(({ target, depth, load, operationsPerSecond, cpuMicrosPerOperation }) => ({
    target,
    depth,
    load,
    operationsPerSecond: essence(operationsPerSecond),
    cpuMicrosPerOperation: essence(cpuMicrosPerOperation),
  }));
  const slowed = options.slowHead === 0 ? {} : { slowHead: options.slowHead };
  return JSON.stringify({ machine, base, head, ...slowed, regressions: regressions(result), lines });
}

export async function addToHistory(path: string, result: Result): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${historyLine(result)}\n`);
}
