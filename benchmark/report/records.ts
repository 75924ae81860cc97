import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../harness/record.js';
import type { Cell, Series } from '../harness/run.js';

type Older<Item, Names extends keyof Item> = Omit<Item, Names> & Partial<Pick<Item, Names>>;

function seriesOf(series: Older<Series, 'isNodeFs' | 'discarded'>): Series {
  return { isNodeFs: series.contestant === 'node:fs O_DIRECT', discarded: [], ...series };
}

function cellOf(cell: Older<Cell, 'heat' | 'stealPercent'>): Cell {
  return { heat: [], stealPercent: [], ...cell, series: cell.series.map(seriesOf) };
}

/** A run as it was kept. Throws where the file holds none. */
export async function readRecord(path: string): Promise<RunRecord> {
  const found = JSON.parse(await readFile(path, 'utf8')) as Partial<RunRecord> | null;
  const { command, machine, options } = found ?? {};
  if (command === undefined || machine?.date === undefined || options === undefined) {
    throw new TypeError(`${path} is no benchmark's run`);
  }
  // Older runs do not have all of these.
  const cells = (found?.cells ?? []).map(cellOf);
  return { targets: [], skipped: [], delays: [], transfers: [], ...found, cells, command, machine, options };
}

/** All runs of a directory, the oldest first; none where there is no directory. */
export async function readRecords(directory: string): Promise<RunRecord[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const paths = names.filter((name) => name.endsWith('.json')).map((name) => join(directory, name));
  const records = await Promise.all(paths.map(readRecord));
  return records.sort((a, b) => Date.parse(a.machine.date) - Date.parse(b.machine.date));
}
