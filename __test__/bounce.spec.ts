/** Copies of little, in one step by blocks that are kept. */
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';

import { BufferPool, open, SubmissionQueue, type DirectFile } from '../index.js';
import { BounceBlocks, LARGEST_KEPT } from '../src/bounce-blocks.js';
import { rootTarget, scratchFile } from './support/targets.js';
import { transferAway } from './support/transfer.js';

const PAGE = 4096;
const CONTENT = Buffer.from(Array.from({ length: 64 * PAGE }, (_, index) => (index >> 8) ^ (index & 0xff)));

async function subject(t: ExecutionContext): Promise<DirectFile> {
  const queue = await SubmissionQueue.create({ depth: 32, capacity: 4096 });
  const file = await open(await scratchFile(t, rootTarget(), CONTENT), { flags: 'r+', queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return file;
}

test('blocks are kept up to a limit, and given back to who waits for memory of the pool', async (t) => {
  const pool = BufferPool.create({ limit: 2 << 20 });
  const blocks = new BounceBlocks(pool);
  const taken = Array.from({ length: 512 }, () => blocks.take(3000)!);
  t.is(new Set(taken.map(({ memory }) => memory)).size, 512);
  t.is(blocks.take(1), undefined, 'the pool has no more');
  for (const block of taken) blocks.give(block);
  t.is(pool.stats().blocks, 256);
  t.is(blocks.take(PAGE)!.extent.length, PAGE);
  t.is(pool.stats().blocks, 256, 'one that was kept');
  // The half that was not kept, and then what was: one block has not come back, and its slab stays.
  const large = await pool.acquireAsync(1 << 20);
  t.is(pool.stats().blocks, 257);
  const other = await pool.acquireAsync(1 << 19);
  t.is(pool.stats().blocks, 3);
  for (const memory of [large, other]) memory[Symbol.dispose]();
  t.is(blocks.take(LARGEST_KEPT + 1), undefined);
  pool.close();
});

test('a thousand copies of little at once, and a large one among them, are right', async (t) => {
  const file = await subject(t);
  const reads = Array.from({ length: 1000 }, async (_, index) => {
    const position = (index * 977) % (63 * PAGE);
    const length = 1 + ((index * 31) % PAGE);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), { position });
    return bytesRead === length && buffer.equals(CONTENT.subarray(position, position + length));
  });
  const whole = file.read(Buffer.alloc(CONTENT.byteLength - 1), { position: 1 });
  t.true((await Promise.all(reads)).every(Boolean));
  t.true((await whole).buffer.equals(CONTENT.subarray(1)));
  const { bounced, unaligned } = file.queue.stats();
  t.is(bounced, 1001);
  t.true(unaligned > 990, `${unaligned}`);
});

test('a write has the bytes that were there when it was called', async (t) => {
  const file = await subject(t);
  const memory = Buffer.alloc(2 * PAGE, 'a');
  const writing = file.write(memory, { position: PAGE });
  memory.fill('b');
  t.is((await writing).bytesWritten, 2 * PAGE);
  t.deepEqual(readFileSync(file.path).subarray(PAGE, 3 * PAGE), Buffer.alloc(2 * PAGE, 'a'));
});

test('memory that is transferred away meanwhile gets nothing, and the read says so', async (t) => {
  const file = await subject(t);
  const bytes = new Uint8Array(PAGE);
  const reading = file.read(bytes, { position: 0 });
  transferAway(bytes.buffer);
  await t.throwsAsync(reading, { code: 'ERR_AIO_BUFFER_DETACHED' });
  const { buffer } = await file.read(Buffer.alloc(PAGE), { position: 0 });
  t.true(buffer.equals(CONTENT.subarray(0, PAGE)));
});

test('a callback is told of a copy as of others, and a failure as well', async (t) => {
  const file = await subject(t);
  const [error, bytes, buffer] = await new Promise<[Error | null, number, Buffer]>((resolve) => {
    file.read(Buffer.alloc(700), 0, 700, 5, (...told) => {
      resolve(told);
    });
  });
  t.deepEqual([error, bytes], [null, 700]);
  t.true(buffer.equals(CONTENT.subarray(5, 705)));
  const beyond = await file.read(Buffer.alloc(100), { position: CONTENT.byteLength - 30 });
  t.is(beyond.bytesRead, 30);
  t.is((await file.read(Buffer.alloc(100), { position: CONTENT.byteLength + 9000 })).bytesRead, 0);
});

test('pool memory that a copy is read into is nobody else’s before its end', async (t) => {
  const file = await subject(t);
  using pool = BufferPool.create({ limit: 1 << 16 });
  const buffer = pool.acquire(1 << 16);
  const reading = file.read(buffer.subarray(100, 600), { position: 0 });
  pool.release(buffer);
  t.throws(() => pool.acquire(1 << 16), { code: 'ERR_AIO_POOL_EXHAUSTED' });
  t.is((await reading).bytesRead, 500);
  pool.release(pool.acquire(1 << 16));
});
