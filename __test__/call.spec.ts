import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';

import { BufferPool, open, SubmissionQueue, type DirectFile } from '../index.js';
import { rootTarget, scratchFile } from './support/targets.js';

const PAGE = 4096;
/** Bytes of a write long enough that others are seen waiting for it. */
const HELD = 8 << 20;

async function subject(t: ExecutionContext, content = Buffer.alloc(64 * PAGE, 'q')): Promise<DirectFile> {
  const root = rootTarget();
  const file = await open(await scratchFile(t, root, content), 'r+');
  t.teardown(() => file.close());
  return file;
}

/** Whether an operation was told to be aborted, rather than done before. */
async function isAborted(operation: Promise<unknown>): Promise<boolean> {
  const [outcome] = await Promise.allSettled([operation]);
  if (outcome.status === 'rejected' && (outcome.reason as Error).name !== 'AbortError') throw outcome.reason;
  return outcome.status === 'rejected';
}

/** Calls that wait for a write before theirs, from `block`, whose place in the file is the beginning of a page. */
const WAITING: Record<string, (file: DirectFile, block: Buffer) => Promise<unknown>> = {
  'an aligned write': (file, block) => file.write(block, { position: PAGE }),
  'an unaligned write': (file, block) => file.write(block.subarray(1), { position: PAGE + 1 }),
  'a vectored write': (file, block) => file.writev([block], PAGE),
  'a batch': (file, block) => file.writeBatch(block, [PAGE]),
  'a batch of copies': (file, block) => file.writeBatch([block.subarray(1)], [PAGE + 1]),
};

for (const [name, call] of Object.entries(WAITING)) {
  test(`a block that ${name} waits with is not handed out again before its end`, async (t) => {
    using pool = BufferPool.create({ limit: 1 << 20 });
    const file = await subject(t);
    const block = pool.acquire(PAGE).fill('A');
    const holding = file.write(Buffer.alloc(HELD, 'h'), { position: 5 });
    const waiting = call(file, block);
    pool.release(block);
    const others = Array.from({ length: 64 }, () => pool.acquire(PAGE).fill('!'));
    await Promise.all([holding, waiting]);
    const page = readFileSync(file.path).subarray(PAGE, 2 * PAGE);
    t.is(page.subarray(1).toString(), 'A'.repeat(PAGE - 1));
    for (const other of others) t.is(other.toString(), '!'.repeat(PAGE));
    for (const other of others) pool.release(other);
    t.is(pool.stats().held, 0);
  });
}

test('a block that a read waits with is not handed out again before its end', async (t) => {
  using pool = BufferPool.create({ limit: 1 << 20 });
  const file = await subject(t);
  const reads = [1, 2, 3].map((size) => {
    const block = pool.acquire(PAGE);
    const reading = file.read(block, { length: size === 2 ? PAGE : 100 });
    pool.release(block);
    return reading;
  });
  const others = Array.from({ length: 64 }, () => pool.acquire(PAGE).fill('!'));
  await Promise.all(reads);
  for (const other of others) t.is(other.toString(), '!'.repeat(PAGE));
});

test('memory that was given back is refused, and what has its place is left alone', async (t) => {
  using pool = BufferPool.create({ limit: 1 << 20 });
  const file = await subject(t);
  const block = pool.acquire(2 * PAGE);
  pool.release(block);
  const released = { code: 'ERR_AIO_BUFFER_RELEASED' };
  const { writes } = { writes: readFileSync(file.path) };
  await t.throwsAsync(file.read(block, { position: 0 }), released);
  await t.throwsAsync(file.read(block.subarray(1), { position: 0 }), released);
  await t.throwsAsync(file.read(block), released);
  await t.throwsAsync(file.readv([Buffer.alloc(10), block], 0), released);
  await t.throwsAsync(file.readBatch(block, [0]), released);
  await t.throwsAsync(file.write(block, { position: 0 }), released);
  await t.throwsAsync(file.write(block.subarray(1), { append: true }), released);
  await t.throwsAsync(file.writeFile(block), released);
  await t.throwsAsync(file.writeBatch([block.subarray(7)], [3]), released);
  t.deepEqual(readFileSync(file.path), writes);
  t.is((await file.write('usable', 0)).bytesWritten, 6);
});

test('after an abort is told, the memory of the caller is his own', async (t) => {
  const file = await subject(t, Buffer.alloc(HELD, 'q'));
  let aborted = 0;
  for (let round = 0; round < 20; round++) {
    const controller = new AbortController();
    const target = Buffer.alloc(HELD - 10);
    const reading = file.read(target, { position: 5, signal: controller.signal });
    for (let turns = 0; turns < round % 5; turns++) await turn();
    controller.abort();
    if (!(await isAborted(reading))) continue;
    aborted++;
    target.fill('!');
    await file.queue.drain();
    t.false(target.includes('q'), `round ${round}`);
  }
  t.true(aborted >= 4, 'those that are aborted at once are');
});

test('what an aborted write has not written when it is told never reaches the file later', async (t) => {
  const file = await subject(t, Buffer.alloc(HELD, 'q'));
  let aborted = 0;
  for (let round = 0; round < 20; round++) {
    const controller = new AbortController();
    const source = Buffer.alloc(HELD - 10, 'w');
    const writing = file.write(source, { position: 5, signal: controller.signal });
    for (let turns = 0; turns < round % 5; turns++) await turn();
    controller.abort();
    if (!(await isAborted(writing))) continue;
    aborted++;
    source.fill('!');
    await file.queue.drain();
    t.false(readFileSync(file.path).includes('!'), `round ${round}`);
  }
  t.true(aborted >= 4, 'those that are aborted at once are');
});

test('a manual queue ends calls of several steps, also with what is enqueued while they wait', async (t) => {
  const root = rootTarget();
  const queue = await SubmissionQueue.create({ batch: 'manual' });
  const file = await open(await scratchFile(t, root, Buffer.alloc(PAGE)), { flags: 'r+', queue });
  const unaligned = file.write('odd', { position: 5 });
  const waiting = file.write(Buffer.alloc(PAGE), { position: 0 });
  const inTurn = [file.read(Buffer.alloc(10)), file.read(Buffer.alloc(10))];
  await turn();
  await Promise.all([unaligned, waiting, ...inTurn, file.datasync()]);
  t.is(queue.stats().inFlight, 0);
  await file.close();
  await queue.close();
});

test("memory that is released right after a call is the call's until its last step", async (t) => {
  using pool = BufferPool.create({ limit: 1 << 22 });
  const file = await subject(t, Buffer.alloc(0));
  const block = pool.acquire(100 * 700).fill('A');
  const positions = Array.from({ length: 100 }, (_, index) => index * 700);
  const batch = file.writeBatch(block, positions);
  pool.release(block);
  t.is((await batch).bytesWritten, 70_000);
  const appends = [1, 2].map(async () => {
    const part = pool.acquire(1000).fill('A');
    const append = file.appendFile(part);
    pool.release(part);
    return append;
  });
  await Promise.all(appends);
  t.true(readFileSync(file.path).equals(Buffer.alloc(72_000, 'A')));
});
