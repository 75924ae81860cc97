import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile } from '../index.js';
import { rootTarget, scratchFile } from './support/targets.js';

const ABORTED = { name: 'AbortError', code: 'ABORT_ERR' };

async function subject(t: ExecutionContext, depth: number): Promise<DirectFile> {
  const root = rootTarget();
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

test('an abort while queued takes the operation back before the kernel sees it [kernel AIO]', async (t) => {
  const file = await subject(t, 1);
  const controller = new AbortController();
  const { signal } = controller;
  const first = file.read(allocate(1 << 20), { position: 0 });
  const queued = Array.from({ length: 10 }, () => file.read(allocate(4096), { position: 0, signal }));
  const fates = queued.map((read) => t.throwsAsync(read, ABORTED));
  // By now all are in the native queue, and one of them in flight.
  await Promise.resolve();
  // All ten, but for one that has the place of the first where that is done already.
  const taken = file.queue.stats().queued;
  t.true(taken >= 9, `${taken}`);
  controller.abort();
  await Promise.all(fates);
  t.is((await first).bytesRead, 1 << 20);
  await file.queue.drain();
  const { operations, completed, failed, depthMax } = file.queue.stats();
  t.deepEqual(
    { operations, completed, failed, depthMax },
    { operations: 11, completed: 11, failed: taken, depthMax: 1 },
  );
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

test('what waits for room or for its turn when it is aborted is never begun', async (t) => {
  const root = rootTarget();
  const queue = await SubmissionQueue.create({ depth: 1, capacity: 1 });
  const path = await scratchFile(t, root, Buffer.alloc(1 << 20, 'q'));
  const file = await open(path, { flags: 'r+', queue });
  const elsewhere = await open(path, 'r+');
  t.teardown(async () => {
    await Promise.all([file.close(), elsewhere.close()]);
    await queue.close();
  });
  const fresh = (): Buffer => allocate(4096).fill('!');
  const waits: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    'a write without a position': (signal) => file.write(fresh(), { signal }),
    'a vector without a position': (signal) => file.writev([fresh(), fresh()], { signal }),
    'a batch that is copied in part': (signal) =>
      file.writeBatch([fresh(), Buffer.alloc(4096, '!')], [0, 4096], { signal }),
    'a copy': (signal) => file.write(Buffer.alloc(512, '!'), { position: 1, signal }),
  };
  for (const [name, begin] of Object.entries(waits)) {
    const controller = new AbortController();
    const full = file.read(allocate(1 << 20), { position: 0 });
    const aborted = t.throwsAsync(begin(controller.signal), ABORTED, name);
    controller.abort();
    await Promise.all([full, aborted]);
    await queue.drain();
  }
  // The end of the file is one writer's: who is behind it waits for its turn.
  const controller = new AbortController();
  const appending = elsewhere.write(Buffer.alloc(100_000, 'q'), { position: 0 });
  const aborted = t.throwsAsync(file.write(fresh(), { signal: controller.signal }), ABORTED);
  controller.abort();
  await Promise.all([appending, aborted]);
  await queue.drain();
  t.false(readFileSync(path).includes('!'));
});

test('an event that is no abort aborts nothing', async (t) => {
  const file = await subject(t, 4);
  const { signal } = new AbortController();
  const reads = [
    file.read(allocate(4096), { position: 0, signal }),
    file.read(Buffer.alloc(5000), { position: 3, signal }),
  ];
  signal.dispatchEvent(new Event('abort'));
  const [one, other] = await Promise.all(reads);
  t.deepEqual([one?.bytesRead, other?.bytesRead], [4096, 5000]);
});

test('an abort after the end changes nothing', async (t) => {
  const file = await subject(t, 8);
  const controller = new AbortController();
  const { bytesRead } = await file.read(allocate(4096), { position: 0, signal: controller.signal });
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort();
  t.is(bytesRead, 4096);
});

test('an abort before the batch is handed down keeps the operation from ever being submitted [kernel AIO]', async (t) => {
  const file = await subject(t, 8);
  const controller = new AbortController();
  const { signal } = controller;
  const kept = [file.read(allocate(4096), { position: 0 }), file.readBatch(allocate(8192), [0, 4096])];
  const aborted = [
    file.read(allocate(4096), { position: 0, signal }),
    file.write(allocate(4096).fill('!'), { position: 0, signal }),
    file.readBatch(allocate(8192), [0, 4096], { signal }),
  ].map((operation) => t.throwsAsync(operation, ABORTED));
  const last = file.readv([allocate(4096), allocate(4096)], 0);
  controller.abort();
  await Promise.all([...aborted, ...kept, last]);
  t.is(file.queue.stats().operations, 4);
  t.is((await file.read(allocate(4096), { position: 0 })).buffer.toString(), 'q'.repeat(4096));
});

test('an abort takes back what a batch has not in flight yet', async (t) => {
  const file = await subject(t, 1);
  const controller = new AbortController();
  const { signal } = controller;
  const blocks = Array.from({ length: 64 }, (_, index) => index * 4096);
  const reading = t.throwsAsync(file.readBatch(allocate(4096 * 64), blocks, { signal }), ABORTED);
  await Promise.resolve();
  controller.abort();
  await reading;
  await file.queue.drain();
  const { completed, failed, inFlight, queued } = file.queue.stats();
  t.deepEqual({ completed, inFlight, queued }, { completed: 64, inFlight: 0, queued: 0 });
  // On a fast disk some were done before; not all, for the first was still in flight.
  t.true(failed > 0, `${failed} taken back`);
  t.is(getEventListeners(signal, 'abort').length, 0);
});

test('an abort in a manual queue submits nothing [kernel AIO]', async (t) => {
  const queue = await SubmissionQueue.create({ batch: 'manual' });
  const root = rootTarget();
  const file = await open(await scratchFile(t, root, Buffer.alloc(8192)), { queue });
  const controller = new AbortController();
  const kept = file.read(allocate(4096), { position: 0 });
  const aborted = t.throwsAsync(file.read(allocate(4096), { position: 0, signal: controller.signal }), ABORTED);
  controller.abort();
  await aborted;
  t.is(queue.stats().batches, 0);
  await file.close();
  t.is((await kept).bytesRead, 4096);
  t.is(queue.stats().operations, 1);
  await queue.close();
});

/** Bytes of a write long enough that others are seen waiting for it. */
const HELD = 8 << 20;

/** Calls that wait for the write that {@link holding} has begun, with the bytes that they would write. */
const WAITING: Record<string, (file: DirectFile, signal: AbortSignal) => Promise<unknown>> = {
  'an aligned write over it': (file, signal) => file.write(allocate(4096).fill('!'), { position: 0, signal }),
  'an unaligned write over it': (file, signal) => file.write(Buffer.from('!!'), { position: 9, signal }),
  'a vectored write over it': (file, signal) => file.writev([allocate(4096).fill('!')], { position: 0, signal }),
  'a batch over it': (file, signal) => file.writeBatch(allocate(8192).fill('!'), [0, 4096], { signal }),
  'a batch of copies over it': (file, signal) => file.writeBatch(Buffer.alloc(200, '!'), [0, 200], { signal }),
  'an append': (file, signal) => file.write(Buffer.from('!!'), { append: true, signal }),
  'an aligned append': (file, signal) => file.write(allocate(4096).fill('!'), { append: true, signal }),
  appendFile: (file, signal) => file.appendFile('!!', { signal }),
  'a sync': (file, signal) => file.sync({ signal }),
  'a datasync': (file, signal) => file.datasync({ signal }),
};

for (const [name, call] of Object.entries(WAITING)) {
  test(`an abort of ${name} that waits for another write settles at once and does nothing`, async (t) => {
    const file = await subject(t, 8);
    const controller = new AbortController();
    const { signal } = controller;
    let held = true;
    const holding = file.write(Buffer.alloc(HELD, 'h'), { position: 5 }).finally(() => (held = false));
    const waiting = call(file, signal);
    await new Promise((resolve) => setImmediate(resolve));
    t.true(held, 'it did wait');
    controller.abort(new Error('enough'));
    const error = await t.throwsAsync(waiting, ABORTED);
    t.is((error.cause as Error).message, 'enough');
    t.true(held, 'at once');
    await holding;
    await file.queue.drain();
    t.is(getEventListeners(signal, 'abort').length, 0);
    const content = await file.readFile();
    t.is(content.byteLength, HELD + 5);
    t.false(content.includes('!'));
    t.is((await file.write('after', 0)).bytesWritten, 5, 'nothing is locked');
  });
}

test('an abort of a read or write without a position that waits for its turn settles at once, and the next has its place', async (t) => {
  const file = await subject(t, 8);
  await file.write(Buffer.from('0123456789'), { position: 0 });
  for (const call of [
    (signal: AbortSignal) => file.read(Buffer.alloc(2), { signal }),
    (signal: AbortSignal) => file.read(allocate(4096), { signal }),
    (signal: AbortSignal) => file.readv([Buffer.alloc(2)], { signal }),
    (signal: AbortSignal) => file.write(Buffer.from('!'), { signal }),
    (signal: AbortSignal) => file.writeFile('!', { signal }),
    (signal: AbortSignal) => file.readFile({ signal }),
  ]) {
    const controller = new AbortController();
    const first = file.read(Buffer.alloc(1));
    const second = call(controller.signal);
    const third = file.read(Buffer.alloc(1));
    controller.abort();
    await t.throwsAsync(second, ABORTED);
    const [one, next] = [String((await first).buffer), String((await third).buffer)];
    t.is(Number(next), (Number(one) + 1) % 10, call.toString());
    if (next === '9') break;
    t.is(getEventListeners(controller.signal, 'abort').length, 0);
  }
});

test('a batch that was aborted while it waited locks nothing, even when its file closes first', async (t) => {
  const file = await subject(t, 8);
  const other = await open(file.path, { flags: 'r+', queue: file.queue });
  t.teardown(() => other.close());
  const controller = new AbortController();
  const holding = other.write(Buffer.alloc(100_000), { position: 5 });
  const waiting = file.writeBatch(allocate(8192), [0, 4096], { signal: controller.signal });
  controller.abort();
  const closing = file.close();
  await t.throwsAsync(waiting, ABORTED);
  await Promise.all([holding, closing]);
  t.is((await other.write('unaligned', 3)).bytesWritten, 9);
});

test('an abort in the middle of a long copy ends it early', async (t) => {
  const file = await subject(t, 8);
  const controller = new AbortController();
  const { signal } = controller;
  const writing = t.throwsAsync(file.write(Buffer.alloc(64 << 20), { position: 1, signal }), ABORTED);
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  await writing;
  await file.queue.drain();
  t.true((await file.stat()).size < 64 << 20, 'the rest was not written');
});

test('many operations under one signal give no warning of a leak', async (t) => {
  const file = await subject(t, 8);
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  t.teardown(() => process.off('warning', onWarning));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 200 }, () => file.read(Buffer.alloc(10), { position: 1, signal })));
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(
    warnings.filter(({ name }) => name.includes('MaxListeners')),
    [],
  );
});
