import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Comparison } from './comparison.js';
import { type Line, linesOf, regressions, type Result } from './result.js';

/** What is worth keeping of a comparison for years. */
export type Essence = Omit<Comparison, 'tolerance'>;

/** One comparison under its name. */
export interface HistoryLine extends Pick<Line, 'target' | 'depth' | 'load'> {
  operationsPerSecond: Essence;
  cpuMicrosPerOperation: Essence;
}

/** What is kept of a run. */
export interface HistoryEntry extends Pick<Result, 'machine' | 'base' | 'head'> {
  /** Per cent by which the head was slowed on purpose. */
  slowHead?: number;
  regressions: string[];
  lines: HistoryLine[];
}

function essence({ base, head, ratio, low, high, noise, verdict }: Comparison): Essence {
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

function entryOf(result: Result): HistoryEntry {
  const { machine, base, head, options } = result;
  const lines = linesOf(result).map(({ target, depth, load, operationsPerSecond, cpuMicrosPerOperation }) => ({
    target,
    depth,
    load,
    operationsPerSecond: essence(operationsPerSecond),
    cpuMicrosPerOperation: essence(cpuMicrosPerOperation),
  }));
  const slowed = options.slowHead === 0 ? {} : { slowHead: options.slowHead };
  return { machine, base, head, ...slowed, regressions: regressions(result), lines };
}

/** Of a run, one line of JSON. */
export function historyLine(result: Result): string {
  return JSON.stringify(entryOf(result));
}

export async function addToHistory(path: string, result: Result): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${historyLine(result)}\n`);
}

/** All runs of a history, in its order. Throws where a line is none. */
export async function readHistory(path: string): Promise<HistoryEntry[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, index) => {
    const found = JSON.parse(line) as Partial<HistoryEntry> | null;
    const { machine, base, head, lines: its } = found ?? {};
    if (machine?.date === undefined || base === undefined || head === undefined || !Array.isArray(its)) {
      throw new TypeError(`${path}, line ${index + 1}: no comparison`);
    }
    return { regressions: [], ...found, machine, base, head, lines: its };
  });
}
