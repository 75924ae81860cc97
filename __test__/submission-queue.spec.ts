import test, { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile, type SubmissionQueueOptions } from '../index.js';
import { IMITATES_NODE } from '../src/runtime.js';
import { transferAway } from './support/transfer.js';
import { eachTarget, rootTarget, scratchFile } from './support/targets.js';

/** Whether the runtime, or the environment, refuses memory that is not JavaScript's own. */
const COPIED = IMITATES_NODE || process.env.LINUX_AIO_MEMORY === 'copied';
/** Whether completions are told by the loop itself, rather than by a thread. */
const BY_LOOP = !IMITATES_NODE && process.env.LINUX_AIO_EVENTS !== 'thread';
const BLOCK = 4096;
const BLOCKS = 64;

/** A file of 64 distinct blocks on the checkout's disk, on a queue of its own. */
async function subject(t: ExecutionContext, options: SubmissionQueueOptions = {}): Promise<DirectFile> {
  const root = rootTarget();
  const content = Buffer.alloc(
    BLOCK * BLOCKS,
    Buffer.from(Uint8Array.from({ length: BLOCK * BLOCKS }, (_, at) => at / BLOCK)),
  );
  const queue = await SubmissionQueue.create(options);
  const file = await open(await scratchFile(t, root, content), { flags: 'r+', queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return file;
}

function readAll(file: DirectFile): Promise<{ bytesRead: number; buffer: Buffer }[]> {
  const reads = Array.from({ length: BLOCKS }, (_, index) => file.read(allocate(BLOCK), { position: index * BLOCK }));
  return Promise.all(reads);
}

for (const ring of [true, false]) {
  test(`operations of one turn go down in one native call, reaped ${ring ? 'from the ring' : 'by system call'} [kernel AIO]`, async (t) => {
    const file = await subject(t, { depth: 128, chunk: 16, ring, spin: false });
    const read = await readAll(file);
    t.true(read.every(({ bytesRead, buffer }, index) => bytesRead === BLOCK && buffer.every((byte) => byte === index)));
    const stats = file.queue.stats();
    t.is(stats.operations, BLOCKS);
    t.is(stats.completed, BLOCKS);
    t.is(stats.batches, 1);
    t.is(stats.submits, BLOCKS / 16);
    // Where they come as slowly as they are told, a wake-up has more; one call for each would be all of them.
    t.true(stats.callbacks <= Math.max(4 * stats.wakeups, BLOCKS / 2), JSON.stringify(stats));
    t.true(stats.callbacks >= (stats.inlineCompletions === BLOCKS ? 0 : 1));
    // Less where the machine was so slow that a turn of the loop came between.
    t.true(stats.depthAchieved >= 16 && stats.depthAchieved <= (16 + 32 + 48 + 64) / 4);
    t.true(stats.depthMax >= 16 && stats.depthMax <= 64);
    t.is(stats.bounced, COPIED ? BLOCKS : 0);
    t.is(stats.ring, ring);
    t.is(stats.inFlight + stats.queued + stats.failed + stats.retries, 0);
  });
}

test('a batch form is one native call, and its results are in the order of its positions [kernel AIO]', async (t) => {
  const file = await subject(t);
  const buffer = allocate(BLOCK * BLOCKS);
  const positions = Array.from({ length: BLOCKS }, (_, index) => (BLOCKS - 1 - index) * BLOCK);
  const { bytesRead, results, buffers } = await file.readBatch(buffer, positions);
  t.is(bytesRead, BLOCK * BLOCKS);
  t.is(buffers, buffer);
  t.true(results.every((bytes) => bytes === BLOCK));
  t.true(positions.every((position, index) => buffer[index * BLOCK] === position / BLOCK));
  t.is(file.queue.stats().batches, 1);
});

test('completions come up in batches, a few callbacks a wake-up at the most [kernel AIO]', async (t) => {
  const file = await subject(t, { depth: 16, spin: false });
  for (let round = 0; round < 20; round++)
    await file.readBatch(
      allocate(BLOCK * 16),
      Array.from({ length: 16 }, (_, at) => at * BLOCK),
    );
  const { batches, callbacks, wakeups, completed } = file.queue.stats();
  t.is(batches, 20);
  t.is(completed, 320);
  // What arrives while a batch is handed over is handed over in the same turn.
  t.true(callbacks <= 4 * wakeups, `${callbacks} callbacks, ${wakeups} wake-ups`);
});

test('what follows from the first that are done goes down before the last of them are told [kernel AIO]', async (t) => {
  const file = await subject(t, { depth: 32 });
  const calls: number[] = [];
  const reads = Array.from({ length: 32 }, async (_, index) => {
    await file.read(allocate(BLOCK), { position: index * BLOCK });
    calls.push(file.queue.stats().batches);
    await file.read(allocate(BLOCK), { position: index * BLOCK });
  });
  // They have gone down; when the loop comes round, all are done.
  await Promise.resolve();
  const isLate = !BY_LOOP || file.queue.stats().inlineCompletions > 0;
  const end = performance.now() + 100;
  while (performance.now() < end);
  await Promise.all(reads);
  t.is(calls[0], 1);
  // A thread's calls have the program go on after the last of them.
  t.true(isLate || (calls.at(-1) ?? 0) > 1, calls.join());
});

test('what waits for a place has it, though those before it were taken up by another call [kernel AIO] [zero-copy]', async (t) => {
  for (let round = 0; round < 5; round++) {
    const file = await subject(t, { depth: 8, capacity: 12 });
    const withdrawn = new AbortController();
    const { signal } = withdrawn;
    const read = (position: number, options = {}): Promise<unknown> =>
      file.read(allocate(BLOCK), { position, ...options });
    const begun = Array.from({ length: 8 }, async (_, index) => read(index * BLOCK));
    const queued = Promise.allSettled(Array.from({ length: 4 }, async (_, index) => read(index * BLOCK, { signal })));
    // A copy: it waits until one of the twelve is done.
    const waiting = file.read(Buffer.alloc(BLOCK), { position: 0 });
    await Promise.resolve();
    withdrawn.abort();
    // When the loop comes round, all that are in flight are done.
    const end = performance.now() + 50;
    while (performance.now() < end);
    await Promise.all(begun);
    t.true((await queued).every(({ status }) => status === 'rejected'));
    await waiting;
    await file.queue.drain();
    t.is(file.queue.stats().inFlight, 0);
  }
});

test('never more than the depth is in flight, and what exceeds it waits in the core [kernel AIO]', async (t) => {
  const file = await subject(t, { depth: 4, chunk: 3 });
  const read = await readAll(file);
  t.true(read.every(({ buffer }, index) => buffer[0] === index));
  const { depthMax, batches, operations } = file.queue.stats();
  t.is(depthMax, 4);
  t.is(batches, 1);
  t.is(operations, BLOCKS);
});

test('the chunk is the one that was asked for, the usual one, or one of those that are searched through [kernel AIO]', async (t) => {
  const given = await subject(t, { depth: 128, chunk: 16 });
  const usual = await subject(t, { depth: 128 });
  const searched = await subject(t, { depth: 128, chunk: 'auto' });
  const shallow = await subject(t, { depth: 3, chunk: 'auto' });
  for (const file of [given, usual, searched, shallow]) for (let round = 0; round < 20; round++) await readAll(file);
  t.is(given.queue.stats().chunk, 16);
  t.is(usual.queue.stats().chunk, 8);
  t.true([1, 2, 4, 8, 16, 32, 64, 128].includes(searched.queue.stats().chunk));
  t.true(shallow.queue.stats().chunk <= 3, 'no more than the depth');
});

test('copies and unaligned operations are counted [O_DIRECT] [zero-copy]', async (t) => {
  const file = await subject(t);
  await file.read(allocate(BLOCK), { position: 0 });
  await file.read(Buffer.allocUnsafeSlow(BLOCK), { position: 0 });
  await file.read(allocate(BLOCK), { position: 1 });
  await file.write('odd', 5);
  const { bounced, unaligned } = file.queue.stats();
  t.deepEqual({ bounced, unaligned }, { bounced: 3, unaligned: 2 });
});

test('one more operation than the capacity is refused, the others are not', async (t) => {
  const file = await subject(t, { depth: 2, capacity: 8 });
  const reads = Array.from({ length: 9 }, () => file.read(allocate(BLOCK), { position: 0 }));
  await t.throwsAsync(reads[8] as Promise<unknown>, { code: 'ERR_AIO_QUEUE_FULL' });
  t.is((await Promise.all(reads.slice(0, 8))).length, 8);
  const many = file.readBatch(allocate(BLOCK * 9), new Float64Array(9));
  await t.throwsAsync(many, { code: 'ERR_AIO_QUEUE_FULL', message: /capacity of 8/ });
  t.is((await file.read(allocate(BLOCK), { position: 0 })).bytesRead, BLOCK);
});

test('a manual queue submits when told, except for the steps of a copy', async (t) => {
  const file = await subject(t, { batch: 'manual' });
  const reading = file.read(allocate(BLOCK), { position: 0 });
  await new Promise((resolve) => setImmediate(resolve));
  t.is(file.queue.stats().batches, 0);
  file.queue.flush();
  t.is((await reading).bytesRead, BLOCK);
  t.is((await file.write('by a copy', 3)).bytesWritten, 9);
  t.is((await file.write(Buffer.alloc(BLOCK), { position: 0 })).bytesWritten, BLOCK);
  t.is((await file.read(Buffer.alloc(100), { position: 0 })).bytesRead, 100);
  await file.datasync();
});

test('an immediate queue gathers the operations of a whole turn of the loop [kernel AIO]', async (t) => {
  const file = await subject(t, { batch: 'immediate' });
  const first = file.read(allocate(BLOCK), { position: 0 });
  await Promise.resolve();
  const second = file.read(allocate(BLOCK), { position: BLOCK });
  await Promise.all([first, second]);
  t.is(file.queue.stats().batches, 1);
});

test('drain settles when nothing is under way; close drains, is idempotent, and nothing comes after it [kernel AIO]', async (t) => {
  const file = await subject(t);
  const reads = readAll(file);
  await file.queue.drain();
  t.is(file.queue.stats().completed, BLOCKS);
  await reads;
  const last = file.read(allocate(BLOCK), { position: 0 });
  await Promise.all([file.queue.close(), file.queue.close()]);
  t.is((await last).bytesRead, BLOCK);
  t.true(file.queue.closed);
  t.is(file.queue.stats().operations, BLOCKS + 1, 'what was counted stays');
});

test('the default queue is one a thread, and there is a new one after it was closed', async (t) => {
  const queue = await SubmissionQueue.default();
  t.is(await SubmissionQueue.default(), queue);
});

eachTarget('a chain of reads does not keep a timer from firing', async (t, target) => {
  const file = await open(await scratchFile(t, target, Buffer.alloc(BLOCK)));
  t.teardown(() => file.close());
  const timer = new AbortController();
  setTimeout(() => {
    timer.abort();
  }, 1);
  const buffer = allocate(BLOCK);
  // Each read begins in the reaction of the one before it: without turns of the loop this never ends.
  let reads = 0;
  for (; !timer.signal.aborted && reads < 5_000_000; reads++) await file.read(buffer, { position: 0 });
  t.true(timer.signal.aborted, `after ${reads} reads`);
});

test('who waits for room has it when the one before does not take it', async (t) => {
  const file = await subject(t, { depth: 1, capacity: 1 });
  const root = rootTarget();
  await using first = await open(await scratchFile(t, root), { flags: 'r+', queue: file.queue });
  await using second = await open(await scratchFile(t, root), { flags: 'r+', queue: file.queue });
  const [gone, kept] = [allocate(BLOCK), allocate(BLOCK)];
  const full = file.read(allocate(BLOCK * BLOCKS), { position: 0 });
  const refused = first.write(gone, { append: true }).catch((error: unknown) => error);
  const written = second.write(kept, { append: true });
  // Where memory is copied, the first finds its own gone when there is room for it.
  transferAway(gone.buffer);
  await Promise.all([full, refused]);
  t.is((await written).bytesWritten, BLOCK);
  await file.queue.drain();
});

test('a batch that has to be copied waits for room, also for what needs no copy', async (t) => {
  const file = await subject(t, { depth: 2, capacity: 4 });
  const buffers = Array.from({ length: BLOCKS }, (_, index) =>
    index % 3 === 0 ? Buffer.alloc(BLOCK) : allocate(BLOCK),
  );
  const positions = buffers.map((_, index) => index * BLOCK);
  const { results } = await file.readBatch(buffers, positions);
  t.true(results.every((bytes) => bytes === BLOCK) && buffers.every((buffer, index) => buffer[0] === index));
  t.is((await file.writeBatch(buffers, positions)).bytesWritten, BLOCKS * BLOCK);
});

test('a call of several steps comes to its end while others keep the queue full', async (t) => {
  for (const capacity of [1, 8]) {
    const file = await subject(t, { depth: capacity, capacity });
    let over = false;
    const readers = Array.from({ length: capacity }, async () => {
      const buffer = allocate(BLOCK);
      while (!over) {
        try {
          await file.read(buffer, { position: 0 });
        } catch (error) {
          t.is((error as NodeJS.ErrnoException).code, 'ERR_AIO_QUEUE_FULL');
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    });
    t.is((await file.read(Buffer.alloc(100), { position: 7 })).bytesRead, 100);
    for (let record = 0; record < 5; record++) {
      t.is((await file.write('0123456789', { append: true, dsync: true })).bytesWritten, 10);
    }
    await file.sync();
    over = true;
    await Promise.all(readers);
    t.is((await file.stat()).size, BLOCKS * BLOCK + 50);
  }
});

eachTarget('many more operations than the depth come to their end, in every form', async (t, target) => {
  const size = BLOCKS * BLOCK;
  const path = await scratchFile(t, target, Buffer.alloc(size, 'x'));
  for (const depth of [1, 5]) {
    const queue = await SubmissionQueue.create({ depth });
    const file = await open(path, { flags: 'r', queue });
    const reads = await readAll(file);
    t.true(reads.every(({ bytesRead, buffer }) => bytesRead === BLOCK && buffer[BLOCK - 1] === 'x'.charCodeAt(0)));
    const positions = Array.from({ length: BLOCKS }, (_, index) => index * BLOCK);
    t.is((await file.readBatch(allocate(size), positions)).bytesRead, size);
    const batch = file.readBatch(allocate(size), positions);
    await queue.drain();
    t.is((await batch).bytesRead, size);
    const last = readAll(file);
    await queue.close();
    t.is((await last).length, BLOCKS);
    await file.close();
  }
});

test.serial('completions are waited for awake unless that is not wanted [kernel AIO]', async (t) => {
  for (const spin of [true, false]) {
    const file = await subject(t, { spin });
    const spins = (): number => file.queue.stats().spins;
    const expected = spin && BY_LOOP;
    // Not while queues of other tests are at work: these end.
    const goesOn = (): boolean => expected && spins() === 0;
    for (let read = 0; read < 20 || (goesOn() && read < 50_000); read++) {
      await file.read(allocate(BLOCK), { position: 0 });
    }
    t.is(spins() > 0, expected);
    t.true(file.queue.stats().spinHits <= spins());
  }
});
