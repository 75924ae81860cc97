/** Code of the program that runs in the middle of a call finds the queue, the file and the memory whole. */
import { createHook } from 'node:async_hooks';
import test, { type ExecutionContext } from 'ava';

import { BufferPool, open, SubmissionQueue, type BatchMode, type DirectFile } from '../index.js';
import { rootTarget, scratchFile } from './support/targets.js';

const PAGE = 4096;
/** More promises than a call makes. */
const NUMBERS = Array.from({ length: 12 }, (_, number) => number);

interface Subject {
  queue: SubmissionQueue;
  file: DirectFile;
  pool: BufferPool;
}

async function subject(t: ExecutionContext, batch: BatchMode): Promise<Subject> {
  const content = Buffer.concat([Buffer.alloc(PAGE, 'a'), Buffer.alloc(PAGE, 'b')]);
  const queue = await SubmissionQueue.create({ batch, capacity: 1, engine: 'aio' });
  const file = await open(await scratchFile(t, rootTarget(), content), { queue });
  const pool = BufferPool.create({ limit: PAGE });
  t.teardown(async () => {
    await file.close();
    await queue.close();
    pool.close();
  });
  return { queue, file, pool };
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** Bytes that were read, or why not. */
function outcomeOf(call: Promise<{ bytesRead: number }>): Promise<unknown> {
  return call.then(({ bytesRead }) => bytesRead, codeOf);
}

/** Calls `meddle` within `call`, where that makes its promise of that number. */
function withHook<Result>(number: number, meddle: () => void, call: () => Result): Result {
  let made = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE' && made++ === number) meddle();
    },
  });
  hook.enable();
  try {
    return call();
  } finally {
    hook.disable();
  }
}

// By itself: it has to be the first operation of a manual queue in this process.
test.serial('a listener for new listeners reads by the queue that listens', async (t) => {
  const { queue, file } = await subject(t, 'manual');
  const [block, other] = [file.allocate(PAGE), file.allocate(PAGE)];
  const inner: Promise<unknown>[] = [];
  const meddle = (event: string | symbol) => {
    if (event === 'beforeExit') inner.push(outcomeOf(file.read(other, { position: PAGE })));
  };
  process.on('newListener', meddle);
  t.teardown(() => process.off('newListener', meddle));
  const outer = outcomeOf(file.read(block, { position: 0 }));
  await Promise.resolve();
  await Promise.resolve();
  t.is(inner.length, 1);
  queue.flush();
  t.is(await outer, PAGE);
  t.true(block.equals(Buffer.alloc(PAGE, 'a')));
  t.true([PAGE, 'ERR_AIO_QUEUE_FULL'].includes((await inner[0]) as string));
});

for (const batch of ['microtask', 'immediate'] as const) {
  for (const number of NUMBERS) {
    test.serial(`a hook reads where a ${batch} queue of one place makes promise ${number} of a read`, async (t) => {
      const { file } = await subject(t, batch);
      const [first, second] = [file.allocate(PAGE), file.allocate(PAGE)];
      const inner: Promise<unknown>[] = [];
      const meddle = () => inner.push(outcomeOf(file.read(second, { position: PAGE })));
      const outer = withHook(number, meddle, () => outcomeOf(file.read(first, { position: 0 })));
      const outcomes = await Promise.all([outer, ...inner]);
      for (const outcome of outcomes) t.true(outcome === PAGE || outcome === 'ERR_AIO_QUEUE_FULL', String(outcome));
      t.true(outcomes.includes(PAGE));
      if (outcomes[0] === PAGE) t.true(first.equals(Buffer.alloc(PAGE, 'a')));
      if (outcomes[1] === PAGE) t.true(second.equals(Buffer.alloc(PAGE, 'b')));
    });

    for (const form of ['read', 'readBatch'] as const) {
      test.serial(`a hook releases the memory where a ${batch} queue makes promise ${number} of ${form}`, async (t) => {
        const { file, pool } = await subject(t, batch);
        const block = pool.acquire(PAGE);
        let again: Buffer | undefined;
        const meddle = () => {
          pool.release(block);
          try {
            again = pool.acquire(PAGE);
          } catch {
            // It is the kernel's still.
          }
        };
        const call = () =>
          form === 'read'
            ? file.read(block, { position: 0 })
            : file.readBatch([block], [0]).then(() => ({ bytesRead: PAGE }));
        const outcome = await withHook(number, meddle, () => outcomeOf(call()));
        if (again === undefined) t.is(outcome, PAGE);
        else t.is(outcome, 'ERR_AIO_BUFFER_RELEASED', 'somebody else has the memory');
      });
    }
  }
}

for (const number of NUMBERS) {
  test.serial(`a hook closes, or reads, where promise ${number} of a close is made`, async (t) => {
    const content = Buffer.alloc(PAGE, 'a');
    const path = await scratchFile(t, rootTarget(), content);
    for (const what of ['file', 'queue'] as const) {
      const queue = await SubmissionQueue.create({ engine: 'aio' });
      const file = await open(path, { queue });
      const block = file.allocate(PAGE);
      const inner: Promise<unknown>[] = [];
      const closes = () => (what === 'file' ? file.close() : queue.close());
      const outer = withHook(number, () => inner.push(closes(), outcomeOf(file.read(block, { position: 0 }))), closes);
      await outer;
      const [closed, outcome] = await Promise.all(inner);
      t.is(closed, undefined);
      if (inner.length > 0) t.true([PAGE, 'ERR_AIO_CLOSED'].includes(outcome as string), String(outcome));
      await file.close();
      await queue.close();
    }
    const again = await open(path);
    t.deepEqual((await again.read(Buffer.alloc(PAGE), { position: 0 })).buffer, content);
    await again.close();
  });

  test.serial(`a hook writes where promise ${number} of a write without a position is made`, async (t) => {
    const file = await open(await scratchFile(t, rootTarget(), Buffer.alloc(0)), 'r+');
    const inner: Promise<unknown>[] = [];
    await withHook(
      number,
      () => inner.push(file.write(Buffer.alloc(100, 'b'))),
      () => file.write(Buffer.alloc(100, 'a')),
    );
    await Promise.all(inner);
    const text = String((await file.read(Buffer.alloc(300), { position: 0 })).buffer.subarray(0, 200));
    t.is(text.split('a').length - 1, 100);
    t.is(text.split('b').length - 1, 100 * inner.length);
    await file.close();
  });

  test.serial(`a hook submits where promise ${number} of a submission is made`, async (t) => {
    const queue = await SubmissionQueue.create({ engine: 'aio' });
    const file = await open(await scratchFile(t, rootTarget(), Buffer.alloc(4 * PAGE, 'a')), { flags: 'r+', queue });
    const { signal } = new AbortController();
    for (const batch of [
      file.prepareReads(file.allocate(4 * PAGE), 4),
      file.prepareWrites(file.allocate(4 * PAGE), 4),
    ]) {
      for (let index = 0; index < 4; index++) batch.positions[index] = index * PAGE;
      for (const options of [{ signal }, {}]) {
        const inner: Promise<unknown>[] = [];
        const submits = () => batch.submit(options).catch(codeOf);
        const outcomes = [await withHook(number, () => inner.push(submits()), submits), ...(await Promise.all(inner))];
        for (const outcome of outcomes)
          t.true([4 * PAGE, 'ERR_AIO_BATCH_BUSY'].includes(outcome as string), String(outcome));
        t.true(outcomes.includes(4 * PAGE));
      }
    }
    await file.close();
    await queue.close();
  });
}
