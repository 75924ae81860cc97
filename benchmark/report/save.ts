import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RunRecord } from '../harness/record.js';
import { readRecords } from './records.js';
import { report } from './report.js';

/** Bytes of a report that is kept in the repository without being asked for. */
const KEPT = 1.5e6;

/** Where the reports of a run go. */
export interface Places {
  /** Of the raw data: one goes beside it. */
  json: string;
  /** Whether that is in the repository. */
  keep: boolean;
  /** Where the user wants one, if he does. */
  asked: string | undefined;
  /** A directory of runs to compare with. */
  history: string;
}

/** Writes the reports of a run, and says where they are. */
export async function saveReports(record: RunRecord, { json, keep, asked, history }: Places): Promise<string[]> {
  const text = report(record, await readRecords(history));
  const beside = keep && Buffer.byteLength(text) > KEPT ? [] : [json.replace(/\.json$/, '.html')];
  const paths = asked === undefined ? beside : [...beside, asked];
  for (const path of paths) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return paths;
}
