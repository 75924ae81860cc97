/**
 * Appends to a file whose padding cannot be cut off at first; prints what became of the calls and of the file. Arguments:
 * its path, and what another program writes over the padding meanwhile, if any.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { open } from '../../index.js';

/** What happened. */
export interface Report {
  /** What the first append failed with. */
  readonly failure: string;
  readonly content: string;
}

/** Each thread that cuts fails once. */
const ATTEMPTS = 20;

async function main(): Promise<void> {
  const [, , path = '', other] = process.argv;
  const file = await open(path, { flags: 'a+', engine: 'aio' });
  const append = async (text: string): Promise<string> => {
    try {
      await file.appendFile(text);
      return 'done';
    } catch (error) {
      const { code = '', syscall = '' } = error as NodeJS.ErrnoException;
      return `${code} ${syscall}`;
    }
  };
  const failure = await append('first,');
  if (other !== undefined) execFileSync('dd', [`of=${path}`, 'conv=notrunc', 'status=none'], { input: other });
  let attempts = 1;
  while ((await append('second')) !== 'done' && attempts < ATTEMPTS) attempts++;
  await file.close();
  await file.queue.close();
  const report: Report = { failure, content: readFileSync(path, 'latin1') };
  console.log(JSON.stringify(report));
}

void main();
