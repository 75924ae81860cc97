/** What streams do where a part of a device cannot be read: of a loop device the file behind it is cut. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

import { BufferPool, createReadStream, open, type KernelError } from '../../index.js';
import { withDevices } from '../support/loop.js';

const DEVICE = 2 << 20;
const HALF = DEVICE / 2;
const SIZE = 64 * 1024;

withDevices(
  'a stream has all that comes before what cannot be read, then the error, and no block stays behind',
  async (t, place) => {
    const loop = place.attach(DEVICE);
    const content = randomBytes(DEVICE);
    writeFileSync(loop.backing, content);
    await using file = await open(loop.device, 'r+');
    loop.cut(HALF);
    using pool = BufferPool.create({ limit: 16 * SIZE });
    const options = { pool, size: SIZE, highWaterMark: 10_000 };
    let parts: Uint8Array[] = [];
    const sink = (): Writable =>
      new Writable({
        write(chunk: Buffer, _, callback) {
          parts.push(Buffer.from(chunk));
          setImmediate(callback);
        },
      });
    const forms: Record<string, () => Promise<unknown>> = {
      blocks: async () => {
        for await (using block of file.blocks(options)) parts.push(Buffer.from(block.buffer));
      },
      pipeTo: async () => file.pipeTo(sink(), options),
      stream: async () => {
        // Not by its iterator: as with Node's, an error takes what that has not taken yet.
        const stream = createReadStream(loop.device, options).on('data', (chunk) => void parts.push(chunk as Buffer));
        await finished(stream);
      },
      web: async () => {
        for await (const chunk of file.readableWebStream({ pool, size: SIZE, start: 0 })) parts.push(chunk);
      },
      loop: async () => {
        for await (const chunk of file) parts.push(chunk);
      },
    };
    for (const [form, run] of Object.entries(forms)) {
      parts = [];
      const error = await t.throwsAsync<KernelError>(run(), { code: 'EIO' }, form);
      t.is(error.syscall, 'read');
      t.is(error.path, loop.device);
      const told = Buffer.concat(parts);
      t.is(told.byteLength, HALF, form);
      t.true(told.equals(content.subarray(0, HALF)), form);
      t.is(error.position, HALF);
      await file.queue.drain();
      t.is(pool.stats().blocks, 0, form);
    }
  },
);
