import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue, type BatchError, type DirectFile } from '../index.js';
import { onFailingDisk } from './support/small-disk.js';
import { rootTarget, scratchFile } from './support/targets.js';

const MEBIBYTE = 1 << 20;

async function subject(t: ExecutionContext): Promise<DirectFile> {
  const root = rootTarget();
  const file = await open(await scratchFile(t, root, Buffer.alloc(MEBIBYTE)), 'r+');
  t.teardown(() => file.close());
  return file;
}

async function untilSubmitted(queue: SubmissionQueue): Promise<void> {
  const before = queue.stats().operations;
  while (queue.stats().operations === before) await turn();
}

/** Everything that changes a file, in one call each. */
const WRITES: Record<string, (file: DirectFile) => Promise<unknown>> = {
  'an aligned write': (file) => file.write(allocate(MEBIBYTE), { position: 0 }),
  'an unaligned write': (file) => file.write(Buffer.alloc(MEBIBYTE), { position: 5 }),
  'writes that wait for each other': (file) =>
    Promise.all(Array.from({ length: 20 }, () => file.write(Buffer.alloc(9000), { position: 5 }))),
  'writes one after the other': (file) => Promise.all(Array.from({ length: 20 }, () => file.write(Buffer.alloc(9000)))),
  'aligned writes one after the other': (file) =>
    Promise.all(Array.from({ length: 20 }, () => file.write(allocate(4096)))),
  'a vectored write': (file) => file.writev([allocate(MEBIBYTE), allocate(4096)], 0),
  'a batch': (file) =>
    file.writeBatch(
      allocate(64 * 4096),
      Array.from({ length: 64 }, (_, index) => index * 4096),
    ),
  'a batch of copies': (file) =>
    file.writeBatch(
      Buffer.alloc(640),
      Array.from({ length: 64 }, (_, index) => index * 99),
    ),
  'a prepared batch': (file) => {
    const batch = file.prepareWrites(allocate(64 * 4096), 64);
    batch.positions.forEach((_, index, positions) => (positions[index] = index * 4096));
    return batch.submit();
  },
  'writes told by callbacks': (file) =>
    Promise.all(
      [allocate(MEBIBYTE), Buffer.alloc(9000)].map(
        (memory) =>
          new Promise((resolve) => {
            file.write(memory, 0, memory.byteLength, 0, resolve);
          }),
      ),
    ),
  appends: (file) => Promise.all(Array.from({ length: 20 }, () => file.write('more', { append: true }))),
  'the file as a whole': (file) => file.writeFile(Buffer.alloc(3 * MEBIBYTE)),
  'a string at the end': (file) => file.appendFile('more'.repeat(100_000)),
  'a change of length': (file) => file.truncate(5),
};

for (const [name, write] of Object.entries(WRITES)) {
  for (const sync of ['sync', 'datasync'] as const) {
    test(`${sync} comes after ${name}`, async (t) => {
      for (let turns = 0; turns < 4; turns++) {
        const file = await subject(t);
        let written = false;
        const writing = write(file).then(() => (written = true));
        for (let count = 0; count < turns; count++) await turn();
        await file[sync]();
        // The writes settle in the same turn of the microtask queue, but a few steps of promises later.
        await turn();
        t.true(written, `${turns} turns`);
        await writing;
      }
    });
  }
}

test('a source of writeFile may itself wait for a sync', async (t) => {
  const file = await subject(t);
  async function* source(): AsyncGenerator<string> {
    for (let count = 0; count < 3; count++) {
      yield 'part';
      await file.datasync();
    }
  }
  await file.writeFile(source());
  t.is((await file.read(Buffer.alloc(12), { position: 0 })).buffer.toString(), 'partpartpart');
});

test('datasyncs at the same time share one, and each covers what began before it', async (t) => {
  const queue = await SubmissionQueue.create();
  const file = await open((await subject(t)).path, { flags: 'r+', queue });
  const before = queue.stats().operations;
  await Promise.all(Array.from({ length: 50 }, () => file.datasync()));
  t.is(queue.stats().operations - before, 1, 'nothing was written meanwhile');
  let durable = 0;
  const work = Array.from({ length: 50 }, async (_, index) => {
    await file.write(allocate(4096), { position: index * 4096 });
    await file.datasync();
    durable++;
  });
  await Promise.all(work);
  const syncs = queue.stats().operations - before - 1 - 50;
  t.is(durable, 50);
  t.true(syncs >= 1 && syncs < 50, `${syncs} syncs`);
  await file.close();
  await queue.close();
});

test('a sync and datasyncs are never in the kernel at once, and may share one', async (t) => {
  const queue = await SubmissionQueue.create();
  const file = await open((await subject(t)).path, { flags: 'r+', queue });
  const before = queue.stats().operations;
  await Promise.all([file.datasync(), file.sync(), file.datasync()]);
  t.is(queue.stats().operations - before, 1);
  const first = file.datasync();
  await untilSubmitted(queue);
  let done = false;
  void first.then(() => (done = true));
  const others = [file.sync(), file.datasync()];
  await Promise.race(others);
  t.true(done, 'the kernel would tell a failure to one of two');
  await Promise.all(others);
  t.is(queue.stats().operations - before, 3);
  await file.close();
  await queue.close();
});

test('a shared sync goes on for the others when one is aborted', async (t) => {
  const file = await subject(t);
  const controller = new AbortController();
  const writing = file.write(Buffer.alloc(MEBIBYTE), { position: 5 });
  const aborted = file.datasync({ signal: controller.signal });
  const other = file.datasync();
  controller.abort();
  await t.throwsAsync(aborted, { code: 'ABORT_ERR' });
  await Promise.all([writing, other]);
});

onFailingDisk(
  'a prepared batch that the device fails says which of its writes, and after EIO no sync is believed',
  async (t, directory) => {
    const file = await open(join(directory, 'file'), 'w+');
    const memory = allocate(32 * MEBIBYTE).fill('w');
    const batch = file.prepareWrites(memory, 64, { dsync: true });
    batch.positions.forEach((_, index, positions) => (positions[index] = index * (MEBIBYTE / 2)));
    const failure = await t.throwsAsync<BatchError>(batch.submit());
    t.true(['EIO', 'ENOSPC'].includes(failure.code), failure.message);
    t.deepEqual(failure.results, batch.results);
    t.is(batch.results[failure.index], failure.errno);
    t.true(batch.results.subarray(0, failure.index).every((bytes) => bytes === MEBIBYTE / 2));
    if (failure.code === 'EIO') await t.throwsAsync(file.datasync(), { message: /earlier sync/ });
    await file.close().catch(() => undefined);
  },
);

onFailingDisk('a sync that failed is told by all later ones, until the file is opened anew', async (t, directory) => {
  const path = join(directory, 'file');
  const file = await open(path, 'w+');
  // Through the page cache, whose pages the device cannot take: our sync has to write them.
  writeFileSync(path, Buffer.alloc(32 * MEBIBYTE, 1));
  const first = await t.throwsAsync<NodeJS.ErrnoException>(file.datasync());
  t.true(['EIO', 'ENOSPC'].includes(first.code ?? ''), first.message);
  for (const again of [file.datasync(), file.sync(), file.datasync()]) {
    const { code, message } = await t.throwsAsync<NodeJS.ErrnoException>(again);
    t.is(code, first.code);
    t.regex(message, /earlier sync/);
  }
  await file.close().catch(() => undefined);
  await using anew = await open(path, 'r+');
  await t.notThrowsAsync(anew.datasync());
});
