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
  for (let turn = 0; turn < 60; turn++) {
    globalThis.gc?.();
    await sleep(10);
  }
  console.log(statSync(path).size, readdirSync('/proc/self/fd').length - before < 10 ? 'closed' : 'leaked');
}

void main();
