import { readdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { createWriteStream, open } from '../../index.js';

/** Streams that were written to and then forgotten, without an end. Wants --expose-gc. */
async function main(): Promise<void> {
  const path = process.argv[2] as string;
  const before = readdirSync('/proc/self/fd').length;
  for (let index = 0; index < 20; index++)
    createWriteStream(path, { flags: 'r+', start: 10 * index }).write('ten bytes.');
  for (let index = 0; index < 20; index++) {
    const file = await open(path, 'r+');
    file.createWriteStream({ start: 200 + 10 * index }).write('ten bytes.');
    await file
      .writableWebStream({ start: 400 + 10 * index })
      .getWriter()
      .write('ten bytes.');
  }
  const isClosed = (): boolean => readdirSync('/proc/self/fd').length - before < 10;
  for (let turn = 0; turn < 2000 && (statSync(path).size < 600 || !isClosed()); turn++) {
    globalThis.gc?.();
    await sleep(20);
  }
  console.log(statSync(path).size, isClosed() ? 'closed' : 'leaked');
}

void main();
