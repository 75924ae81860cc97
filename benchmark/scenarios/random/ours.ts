import type { Contestant } from '../../harness/contestant.js';

export const BATCHES = 'linux-aio, batches';
export const PROMISES = 'linux-aio, promises';
/** Promises, with memory of another kind: for large blocks only. */
export const HUGE_PAGES = 'linux-aio, huge pages';

/** The library, in both of its forms. */
export function ours(program: (name: string) => string): Contestant[] {
  const one = (name: string, summary: string, file: string): Contestant => ({
    name,
    summary,
    command: () => ({ file: process.execPath, arguments: [program(`scenarios/random/${file}`)] }),
  });
  return [
    one(BATCHES, 'readBatch and writeBatch, a promise for each batch, four batches in flight', 'by-batch'),
    one(PROMISES, 'read and write, a promise for each operation', 'by-promise'),
  ];
}
