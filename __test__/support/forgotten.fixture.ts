/** Begins to read a file in several ways with blocks of one pool, forgets all of it, and tells what is left of it. Argument: the file. */
import { setTimeout as delay } from 'node:timers/promises';

import { BufferPool, createReadStream, open } from '../../index.js';
import { openFiles } from './open-files.js';

const [, , path = ''] = process.argv;
const pool = BufferPool.create({ limit: 1 << 20 });
const options = { pool, size: 4096 };

const WAYS: readonly (() => Promise<unknown>)[] = [
  async () => {
    const blocks = (await open(path)).blocks(options);
    (await blocks.next()).value?.release();
  },
  async () => (await open(path)).readableWebStream(options).getReader().read(),
  async () => {
    const stream = createReadStream(path, { ...options, highWaterMark: 4096 });
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) return chunk as Buffer;
    return undefined;
  },
];

await (await open(path)).close();
const before = openFiles();
for (const way of WAYS) for (let index = 0; index < 5; index++) await way();
for (let tries = 0; tries < 3000 && (openFiles() > before || pool.stats().held > 0); tries++) {
  globalThis.gc?.();
  await delay(20);
}
console.log(JSON.stringify({ files: openFiles() - before, held: pool.stats().held }));
process.exit();
