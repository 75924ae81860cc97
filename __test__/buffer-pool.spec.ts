import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';

import { allocate, BufferPool, open, SubmissionQueue, type DirectFile } from '../index.js';
import { transferAway } from './support/transfer.js';
import { rootTarget, scratchFile } from './support/targets.js';

const MEBIBYTE = 1 << 20;

async function subject(t: ExecutionContext): Promise<DirectFile> {
  const root = rootTarget();
  const queue = await SubmissionQueue.create({ batch: 'manual' });
  const file = await open(await scratchFile(t, root, Buffer.alloc(MEBIBYTE, 'z')), { flags: 'r+', queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return file;
}

/** Whether the kernel lets a direct read into the very first byte of the buffer. */
async function isAligned(file: DirectFile, buffer: Buffer): Promise<boolean> {
  const { bounced } = file.queue.stats();
  const reading = file.read(buffer, { position: 0, length: 4096, exact: true });
  file.queue.flush();
  return (await reading).bytesRead === 4096 && file.queue.stats().bounced === bounced;
}

test('buffers are aligned, of the size asked for, and within the limit [zero-copy]', async (t) => {
  const file = await subject(t);
  const pool = BufferPool.create({ limit: MEBIBYTE });
  const sizes = [4096, 4097, 5000, 65_536, 100_000];
  const buffers = sizes.map((size) => pool.acquire(size));
  t.deepEqual(
    buffers.map(({ byteLength }) => byteLength),
    sizes.slice(0, buffers.length),
  );
  for (const buffer of buffers) t.true(await isAligned(file, buffer));
  const { mapped, held, blocks, limit } = pool.stats();
  t.is(blocks, sizes.length);
  t.is(held, 4096 + 8192 + 8192 + 65_536 + 131_072);
  t.true(mapped <= limit && held <= mapped);
});

test('no two buffers overlap', (t) => {
  const pool = BufferPool.create({ limit: 4 * MEBIBYTE });
  const buffers = Array.from({ length: 500 }, (_, index) => pool.acquire(1 + ((index * 37) % 8192)));
  buffers.forEach((buffer, index) => buffer.fill(index % 251));
  t.true(buffers.every((buffer, index) => buffer.every((byte) => byte === index % 251)));
});

test('an aborted wait for memory ends, and keeps nobody behind it waiting', async (t) => {
  using pool = BufferPool.create({ limit: 8192 });
  const [one, two] = [pool.acquire(4096), pool.acquire(4096)];
  const controller = new AbortController();
  const { signal } = controller;
  const large = t.throwsAsync(pool.acquireAsync(8192, { signal }), { name: 'AbortError', code: 'ABORT_ERR' });
  const small = pool.acquireAsync(4096, { signal: new AbortController().signal });
  pool.release(one);
  controller.abort();
  await large;
  t.is((await small).byteLength, 4096);
  await t.throwsAsync(pool.acquireAsync(1, { signal }), { name: 'AbortError' });
  await t.throwsAsync(pool.acquireAsync(1, { signal: 5 as never }), { code: 'ERR_INVALID_ARG_TYPE' });
  pool.release(two);
});

test('an abort of two waits takes nobody else from the row', async (t) => {
  using pool = BufferPool.create({ limit: 8192 });
  const [one, two] = [pool.acquire(4096), pool.acquire(4096)];
  const controller = new AbortController();
  const { signal } = controller;
  const large = t.throwsAsync(pool.acquireAsync(8192, { signal }), { name: 'AbortError' });
  const small = pool.acquireAsync(4096, { signal });
  const others = [pool.acquireAsync(4096), pool.acquireAsync(4096)];
  pool.release(one);
  // Takes the large one from the row, so that the small one is served: it is aborted no more.
  controller.abort();
  await large;
  pool.release(await small);
  pool.release(await (others[0] as Promise<Buffer>));
  t.is((await (others[1] as Promise<Buffer>)).byteLength, 4096);
  pool.release(two);
});

test('buffers whose memory was transferred away are released as all others', async (t) => {
  for (const dispose of [false, true]) {
    const pool = BufferPool.create({ limit: MEBIBYTE });
    const buffers = Array.from({ length: MEBIBYTE / 4096 }, () => pool.acquire(4096));
    const waiting = pool.acquireAsync(4096);
    transferAway((buffers[0] as Buffer).buffer);
    for (const buffer of buffers) {
      if (dispose) buffer[Symbol.dispose]();
      else pool.release(buffer);
      t.throws(
        () => {
          pool.release(buffer);
        },
        { code: 'ERR_AIO_POOL_FOREIGN' },
      );
    }
    t.is((await waiting).byteLength, 4096);
    t.is(pool.stats().blocks, 1);
    pool.close();
  }
});

test('at the limit acquire throws, and acquireAsync waits in order', async (t) => {
  const pool = BufferPool.create({ limit: 8192 });
  const [one, two] = [pool.acquire(4096), pool.acquire(4096)];
  t.throws(() => pool.acquire(1), { code: 'ERR_AIO_POOL_EXHAUSTED' });
  const order: number[] = [];
  const waiting = [1, 2, 3].map(async (index) => {
    const buffer = await pool.acquireAsync(4096);
    order.push(index);
    pool.release(buffer);
  });
  pool.release(one);
  two[Symbol.dispose]();
  await Promise.all(waiting);
  t.deepEqual(order, [1, 2, 3]);
  t.is(pool.stats().held, 0);
});

test('free memory of one size serves another', (t) => {
  const pool = BufferPool.create({ limit: MEBIBYTE });
  const small = Array.from({ length: 256 }, () => pool.acquire(4096));
  for (const buffer of small) pool.release(buffer);
  t.is(pool.acquire(MEBIBYTE).byteLength, MEBIBYTE);
  t.throws(() => pool.acquire(MEBIBYTE + 1), { code: 'ERR_OUT_OF_RANGE' });
});

test('only the buffer that was given is taken back, and only once', (t) => {
  const pool = BufferPool.create();
  const foreign = { code: 'ERR_AIO_POOL_FOREIGN' };
  const buffer = pool.acquire(8192);
  t.throws(() => {
    pool.release(buffer.subarray(0, 8192));
  }, foreign);
  t.throws(() => {
    pool.release(Buffer.alloc(8192));
  }, foreign);
  t.throws(() => {
    pool.release(allocate(8192));
  }, foreign);
  t.throws(() => {
    BufferPool.create().release(buffer);
  }, foreign);
  t.throws(() => {
    pool.release(undefined as unknown as Buffer);
  }, foreign);
  pool.release(buffer);
  t.throws(() => {
    pool.release(buffer);
  }, foreign);
  const again = pool.acquire(8192);
  t.throws(
    () => {
      pool.release(buffer);
    },
    foreign,
    'a stale buffer over memory that has a new holder',
  );
  buffer[Symbol.dispose]();
  t.is(pool.stats().blocks, 1);
  pool.release(again);
});

test('a buffer released in flight is not handed out before the kernel is done', async (t) => {
  const file = await subject(t);
  const pool = BufferPool.create({ limit: 4096 });
  const buffer = pool.acquire(4096);
  const reading = file.read(buffer, { position: 0 });
  pool.release(buffer);
  t.throws(() => pool.acquire(4096), { code: 'ERR_AIO_POOL_EXHAUSTED' });
  t.is(pool.stats().blocks, 1);
  file.queue.flush();
  await reading;
  t.is(pool.acquire(4096).byteLength, 4096);
});

test('an aborted read keeps its buffer until the kernel is done', async (t) => {
  const file = await subject(t);
  const pool = BufferPool.create({ limit: 4096 });
  const controller = new AbortController();
  const buffer = pool.acquire(4096);
  const reading = file.read(buffer, { position: 0, signal: controller.signal });
  const fate = t.throwsAsync(reading, { code: 'ABORT_ERR' });
  controller.abort();
  pool.release(buffer);
  const next = pool.acquireAsync(4096);
  await fate;
  await file.queue.drain();
  t.is((await next).byteLength, 4096);
  t.is(file.queue.stats().inFlight, 0);
});

test("memory disposed of or transferred in flight stays the kernel's until it is done [native] [zero-copy]", async (t) => {
  const file = await subject(t);
  const buffers = Array.from({ length: 32 }, () => allocate(16_384));
  const reads = buffers.map((buffer, index) => file.read(buffer, { position: index * 16_384 }));
  file.queue.flush();
  buffers.forEach((buffer, index) => {
    if (index % 2 === 0) buffer[Symbol.dispose]();
    else transferAway(buffer.buffer);
  });
  t.true((await Promise.all(reads)).every(({ bytesRead }) => bytesRead === 16_384));
  // Node 20 copies transferred memory that is not V8's own, later ones detach it.
  t.true(buffers.every(({ byteLength }, index) => byteLength === 0 || index % 2 === 1));
});

test('a closed pool refuses; what it had handed out stays valid', async (t) => {
  const pool = BufferPool.create({ limit: 8192 });
  const buffer = pool.acquire(4096);
  pool.acquire(4096);
  const waiting = t.throwsAsync(pool.acquireAsync(4096), { code: 'ERR_AIO_CLOSED' });
  pool.close();
  pool.close();
  await waiting;
  t.throws(() => pool.acquire(1), { code: 'ERR_AIO_CLOSED' });
  buffer.fill(7);
  pool.release(buffer);
});

test('a shared pool tells where another process finds a buffer [native] [zero-copy]', (t) => {
  const pool = BufferPool.create({ shared: true });
  const buffer = pool.acquire(10_000);
  buffer.fill('shared');
  const { fd, pageSize } = pool.shared ?? { fd: -1, pageSize: 0 };
  const offset = pool.sharedOffset(buffer);
  t.is(offset % pageSize, 0);
  t.deepEqual(readFileSync(`/proc/self/fd/${fd}`).subarray(offset, offset + 10_000), Buffer.from(buffer));
  t.is(BufferPool.create().shared, undefined);
  t.throws(() => pool.sharedOffset(allocate(10)), { code: 'ERR_AIO_POOL_FOREIGN' });
});

test('a pool with huge pages takes one at a time, and what there is of a limit below [native]', (t) => {
  const huge = 2 ** 21;
  const pool = BufferPool.create({ limit: 2 * huge, hugePages: true });
  const buffers = Array.from({ length: 4 }, () => pool.acquire(huge / 2));
  t.is(pool.stats().mapped, 2 * huge);
  t.is(new Set(buffers.map(({ buffer }) => buffer)).size, 2);
  t.throws(() => pool.acquire(1), { code: 'ERR_AIO_POOL_EXHAUSTED' });
  const small = BufferPool.create({ limit: huge / 2, hugePages: true });
  const buffer = small.acquire(huge / 2);
  small.release(buffer);
  t.is(small.acquire(1).byteLength, 1);
});

test('allocated memory is zeroed, aligned and its own [native] [zero-copy]', async (t) => {
  const file = await subject(t);
  const buffer = allocate(10_000, { hugePages: true });
  t.true(buffer.every((byte) => byte === 0));
  t.true(await isAligned(file, buffer));
  t.is(file.allocate(1).byteLength % file.alignment.offset, 0);
  buffer[Symbol.dispose]();
  buffer[Symbol.dispose]();
  t.is(buffer.byteLength, 0);
});
