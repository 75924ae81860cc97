/** Streams a file to a slow consumer in one form, and tells as JSON its bytes and what memory it took beyond what it began with. */
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';

import { BufferPool, createReadStream, open } from '../../index.js';

const [path = '', form = '', limit = ''] = process.argv.slice(2);
const rss = (): number => process.memoryUsage.rss();
const pool = BufferPool.create({ limit: Number(limit) });
const file = await open(path);
let bytes = 0;
let most = 0;
let mapped = 0;

/** What came, looked at and forgotten, some time after it was there. */
async function take(chunk: Uint8Array): Promise<void> {
  bytes += chunk.byteLength;
  await turn();
  most = Math.max(most, rss());
  mapped = Math.max(mapped, pool.stats().mapped);
}

const slow = (): Writable =>
  new Writable({
    write(chunk: Buffer, _, callback) {
      void take(chunk).then(() => {
        callback();
      });
    },
  });

const forms: Record<string, () => Promise<unknown>> = {
  blocks: async () => {
    for await (const block of file.blocks({ pool })) {
      await take(block.buffer);
      block.release();
    }
  },
  pipeTo: async () => file.pipeTo(slow(), { pool }),
  stream: async () => pipeline(createReadStream(path, { pool }), slow()),
  web: async () => {
    for await (const chunk of file.readableWebStream({ pool })) await take(chunk);
  },
};

// Once over a little of it, for what is loaded only then.
await file.pipeTo(slow(), { end: 2 ** 20 });
bytes = 0;
const before = rss();
await forms[form]?.();
await file.close();
console.log(JSON.stringify({ bytes, grown: most - before, mapped, held: pool.stats().held }));
