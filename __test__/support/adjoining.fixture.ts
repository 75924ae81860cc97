/** Writes blocks behind the end of a file, all at once; prints what became of each. Arguments: its path, and how. */
import { constants } from 'node:fs';

import { allocate, open } from '../../index.js';

/** What happened. */
export interface Report {
  /** Bytes of each write, or its error's code. */
  readonly ends: (number | string)[];
  /** What a sync then says: its error's code. */
  readonly synced: string;
  /** Writes that were carried out with the one before them. */
  readonly joined: number;
}

export const BLOCK = 4096;
const WRITES = 64;

const code = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

async function main(): Promise<void> {
  const [, , path = '', how] = process.argv;
  const flags = constants.O_RDWR | (how === 'by the descriptor' ? constants.O_DSYNC : 0);
  const file = await open(path, { flags, engine: 'aio' });
  const dsync = how === 'by an option';
  const ends = await Promise.all(
    Array.from({ length: WRITES }, (_, index) =>
      file.write(allocate(BLOCK).fill(index + 1), { position: index * BLOCK, dsync }).then(
        ({ bytesWritten }) => bytesWritten,
        (error: unknown) => code(error),
      ),
    ),
  );
  const synced = await file.datasync().then(() => 'synced', code);
  const { joined } = file.queue.stats();
  await file.close();
  await file.queue.close();
  const report: Report = { ends, synced, joined };
  console.log(JSON.stringify(report));
}

if (process.argv[1]?.includes('adjoining.fixture') === true) void main();
