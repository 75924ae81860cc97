import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../harness/record.js';

/** A run as it was kept. Throws where the file holds none. */
export async function readRecord(path: string): Promise<RunRecord> {
  const found = JSON.parse(await readFile(path, 'utf8')) as Partial<RunRecord> | null;
  const { command, machine, options } = found ?? {};
  if (command === undefined || machine?.date === undefined || options === undefined) {
    throw new TypeError(`${path} is no benchmark's run`);
  }
  // Older runs do not have all of these.
  return { targets: [], skipped: [], cells: [], delays: [], ...found, command, machine, options };
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
