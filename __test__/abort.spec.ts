import { getEventListeners } from 'node:events';
import test, { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile } from '../index.js';
import { scratchFile, targets } from './support/targets.js';

const ABORTED = { name: 'AbortError', code: 'ABORT_ERR' };

async function subject(t: ExecutionContext, depth: number): Promise<DirectFile> {
  const [root] = targets();
  if (root === undefined || !('directory' in root)) throw new Error('no target root');
  const queue = await SubmissionQueue.create({ depth });
  const file = await open(await scratchFile(t, root, Buffer.alloc(1 << 20, 'q')), { flags: 'r+', queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return file;
}

/** `done`, or the name of the error. */
async function outcome(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
    return 'done';
  } catch (error) {
    return (error as Error).name;
  }
}

test('a signal that is aborted already refuses, and nothing is submitted', async (t) => {
  const file = await subject(t, 4);
  const signal = AbortSignal.abort(new Error('before'));
  const error = await t.throwsAsync(file.read(allocate(4096), { position: 0, signal }), ABORTED);
  t.is((error.cause as Error).message, 'before');
  await t.throwsAsync(file.write(Buffer.alloc(5), { position: 1, signal }), ABORTED);
  await t.throwsAsync(file.readBatch(allocate(4096), [0], { signal }), ABORTED);
  await t.throwsAsync(file.readFile({ signal }), ABORTED);
  t.is(file.queue.stats().operations, 0);
});

test('an abort while queued takes the operation back before the kernel sees it', async (t) => {
  const file = await subject(t, 1);
  const controller = new AbortController();
  const { signal } = controller;
  const first = file.read(allocate(1 << 20), { position: 0 });
  const queued = Array.from({ length: 10 }, () => file.read(allocate(4096), { position: 0, signal }));
  const fates = queued.map((read) => t.throwsAsync(read, ABORTED));
  // By now all are in the native queue, and one of them in flight.
  await Promise.resolve();
  controller.abort();
  await Promise.all(fates);
  t.is((await first).bytesRead, 1 << 20);
  await file.queue.drain();
  const { operations, completed, failed, depthMax } = file.queue.stats();
  t.deepEqual({ operations, completed, failed, depthMax }, { operations: 11, completed: 11, failed: 10, depthMax: 1 });
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('an abort at any moment settles once, leaves no listener, and the queue drains', async (t) => {
  const file = await subject(t, 8);
  for (let round = 0; round < 60; round++) {
    const controller = new AbortController();
    const { signal } = controller;
    const operations = [
      file.read(allocate(4096), { position: 0, signal }),
      file.write(allocate(4096), { position: 8192, signal }),
      file.read(Buffer.alloc(5000), { position: 3, signal }),
      file.write(Buffer.alloc(700), { position: 33_333, signal }),
      file.readBatch(allocate(8192), [0, 4096], { signal }),
      file.appendFile('tail', { signal }),
    ].map(outcome);
    // After none, some or all turns of the loop.
    for (let turn = 0; turn < round % 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    const fates = await Promise.all(operations);
    t.true(
      fates.every((fate) => fate === 'done' || fate === 'AbortError'),
      fates.join(),
    );
    await file.queue.drain();
    t.is(getEventListeners(signal, 'abort').length, 0);
  }
  t.is((await file.read(allocate(4096), { position: 0 })).bytesRead, 4096);
});

test('an abort after the end changes nothing', async (t) => {
  const file = await subject(t, 8);
  const controller = new AbortController();
  const { bytesRead } = await file.read(allocate(4096), { position: 0, signal: controller.signal });
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort();
  t.is(bytesRead, 4096);
});
