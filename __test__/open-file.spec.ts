import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile, type SubmissionQueueOptions } from '../index.js';
import { eachTarget, rootTarget, scratchFile } from './support/targets.js';

const MEBIBYTE = 1 << 20;
const CONTENT = Buffer.alloc(4 * MEBIBYTE, Buffer.from(Uint8Array.from({ length: 251 }, (_, at) => at)));

interface Subject {
  file: DirectFile;
  path: string;
}

/** A file of 4 MiB on the checkout's disk, with a queue of its own. */
async function subject(t: ExecutionContext, options: SubmissionQueueOptions = {}): Promise<Subject> {
  const root = rootTarget();
  const path = await scratchFile(t, root, CONTENT);
  const queue = await SubmissionQueue.create(options);
  const file = await open(path, { flags: 'r+', queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return { file, path };
}

async function* slowly(part: string, count: number): AsyncGenerator<string> {
  for (let index = 0; index < count; index++) {
    await turn();
    yield part;
  }
}

/** Calls of more than one step: what they are, and what they give where nobody disturbs them. */
const OF_STEPS: Record<string, [call: (file: DirectFile) => Promise<unknown>, result: unknown]> = {
  'a read by a copy': [
    async (file) => (await file.read(Buffer.alloc(3 * MEBIBYTE), { position: 3 })).bytesRead,
    3145728,
  ],
  'a write by a copy': [
    async (file) => (await file.write(Buffer.alloc(3 * MEBIBYTE), { position: 3 })).bytesWritten,
    3145728,
  ],
  'a write beyond the end': [
    async (file) => (await file.write(Buffer.alloc(7), { position: 4194300 })).bytesWritten,
    7,
  ],
  'an append': [async (file) => (await file.write(allocate(4096), { append: true })).bytesWritten, 4096],
  'reads one after the other': [
    async (file) => Promise.all([1, 2, 3].map(async () => (await file.read(allocate(4096))).bytesRead)),
    [4096, 4096, 4096],
  ],
  'a batch of copies': [
    async (file) => (await file.readBatch(Buffer.alloc(3 * MEBIBYTE), [1, MEBIBYTE, 2 * MEBIBYTE])).bytesRead,
    3145728,
  ],
  'a write that waits for another': [
    async (file) =>
      (await Promise.all([file.write('odd', 5), file.write(allocate(4096), { position: 0 })])).map(
        ({ bytesWritten }) => bytesWritten,
      ),
    [3, 4096],
  ],
  'the whole file': [async (file) => (await file.readFile()).equals(CONTENT), true],
  'a file written in parts': [async (file) => file.writeFile(slowly('part', 5)), undefined],
  'a sync after a write': [
    async (file) => Promise.all([file.write('odd', 5), file.sync()]).then(() => 'synced'),
    'synced',
  ],
  'a change of length': [async (file) => file.truncate(777), undefined],
  'its numbers': [async (file) => (await file.stat()).size, CONTENT.byteLength],
};

for (const [name, [call, result]] of Object.entries(OF_STEPS)) {
  for (const turns of [0, 1, 2, 3, 5]) {
    test(`close of the file waits for ${name}, ${turns} turns under way, to its very end`, async (t) => {
      const { file } = await subject(t);
      const calling = call(file);
      for (let index = 0; index < turns; index++) await turn();
      const closing = file.close();
      t.deepEqual(await calling, result);
      await closing;
    });

    test(`close of the queue waits for ${name}, ${turns} turns under way, to its very end`, async (t) => {
      const { file } = await subject(t);
      const calling = call(file);
      for (let index = 0; index < turns; index++) await turn();
      const closing = file.queue.close();
      t.deepEqual(await calling, result);
      await closing;
    });
  }

  if (name === 'its numbers') continue;
  test(`drain of the queue waits for ${name}`, async (t) => {
    const { file } = await subject(t);
    let outcome: unknown;
    void call(file).then((value) => (outcome = value));
    await file.queue.drain();
    t.deepEqual(outcome, result);
  });

  test(`a manual queue ends ${name} when the file is closed`, async (t) => {
    const { file } = await subject(t, { batch: 'manual' });
    const calling = call(file);
    await file.close();
    t.deepEqual(await calling, result);
  });
}

test('while it closes, a file takes no new operation', async (t) => {
  const { file } = await subject(t);
  const reading = file.read(Buffer.alloc(MEBIBYTE), { position: 1 });
  const closing = file.close();
  await t.throwsAsync(file.read(allocate(4096), { position: 0 }), { code: 'ERR_AIO_CLOSED' });
  await t.throwsAsync(file.read(Buffer.alloc(0), { position: 0 }), { code: 'ERR_AIO_CLOSED' });
  await t.throwsAsync(file.readv([], 0), { code: 'ERR_AIO_CLOSED' });
  await t.throwsAsync(file.write('', 0), { code: 'ERR_AIO_CLOSED' });
  t.is((await reading).bytesRead, MEBIBYTE);
  await closing;
});

test('while it closes, a queue takes no new operation', async (t) => {
  const { file } = await subject(t);
  const reading = file.read(Buffer.alloc(MEBIBYTE), { position: 1 });
  const closing = file.queue.close();
  await t.throwsAsync(file.read(allocate(4096), { position: 0 }), { code: 'ERR_AIO_CLOSED' });
  await t.throwsAsync(file.write('odd', 1), { code: 'ERR_AIO_CLOSED' });
  await t.throwsAsync(file.readBatch(allocate(4096), [0]), { code: 'ERR_AIO_CLOSED' });
  t.is((await reading).bytesRead, MEBIBYTE);
  await closing;
  t.is((await file.stat()).size, CONTENT.byteLength, 'what needs no queue');
});

eachTarget('calls without a position take turns, in the order of their calls', async (t, target) => {
  const file = await open(await scratchFile(t, target, CONTENT.subarray(0, 65_536)), 'r+');
  t.teardown(() => file.close());
  const reads = Array.from({ length: 40 }, (_, index) =>
    index % 2 === 0 ? file.read(Buffer.alloc(100 + index)) : file.read(allocate(512)),
  );
  const got = Buffer.concat((await Promise.all(reads)).map(({ buffer }) => buffer));
  t.deepEqual(got, CONTENT.subarray(0, got.byteLength));
});

eachTarget('a call that fails or is refused leaves the place where it was', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT.subarray(0, 65_536));
  const [file, reader] = [await open(path, 'r+'), await open(path)];
  t.teardown(() => Promise.all([file.close(), reader.close()]));
  await file.read(Buffer.alloc(10));
  await t.throwsAsync(file.read(Buffer.alloc(10), { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
  await t.throwsAsync(file.read(Buffer.alloc(10), { exact: true }), { code: 'ERR_AIO_MISALIGNED' });
  await t.throwsAsync(file.read(Buffer.alloc(10), 11), { code: 'ERR_OUT_OF_RANGE' });
  t.deepEqual((await file.read(Buffer.alloc(5))).buffer, CONTENT.subarray(10, 15));
  await t.throwsAsync(reader.write('x'), { code: 'EBADF' });
  t.deepEqual((await reader.read(Buffer.alloc(5))).buffer, CONTENT.subarray(0, 5));
});

test('a part of writeFile that throws is told, what came before it stays, and the file is usable', async (t) => {
  const { file, path } = await subject(t);
  function* parts(): Generator<string> {
    yield 'before';
    throw new Error('on purpose');
  }
  await t.throwsAsync(file.writeFile(parts()), { message: 'on purpose' });
  t.is(readFileSync(path).subarray(0, 6).toString(), 'before');
  t.is((await file.read(Buffer.alloc(6), { position: 0 })).buffer.toString(), 'before');
});
