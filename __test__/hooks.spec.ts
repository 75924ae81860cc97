/** Code of the program that runs in the middle of a call finds the queue, the file and the memory whole. */
import { createHook } from 'node:async_hooks';
import test, { type ExecutionContext } from 'ava';

import { BufferPool, open, SubmissionQueue, type BatchMode, type DirectFile } from '../index.js';
import { rootTarget, scratchFile } from './support/targets.js';

const PAGE = 4096;
/** More than a call makes. */
const PROMISES = 12;

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

/** Bytes that were read, or why not. */
function outcomeOf(call: Promise<{ bytesRead: number }>): Promise<unknown> {
  return call.then(
    ({ bytesRead }) => bytesRead,
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
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
  for (let number = 0; number < PROMISES; number++) {
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
