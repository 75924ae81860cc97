import { readFileSync, truncateSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile } from '../index.js';
import { eachDirectory, rootTarget, scratchFile, type DirectoryTarget } from './support/targets.js';

const PAGE = 4096;
const MEBIBYTE = 1 << 20;

async function subject(t: ExecutionContext, target: DirectoryTarget, content: Buffer): Promise<DirectFile> {
  const file = await open(await scratchFile(t, target, content), 'r+');
  t.teardown(() => file.close());
  return file;
}

test('an aborted write beyond the end takes nothing away that others have written meanwhile', async (t) => {
  for (let round = 0; round < 30; round++) {
    const file = await subject(t, rootTarget(), Buffer.alloc(100, 'q'));
    const controller = new AbortController();
    const { signal } = controller;
    const position = 2 * PAGE + 5;
    const beyond = file.write(Buffer.alloc(4 * MEBIBYTE, '!'), { position, signal });
    const between = file.write(allocate(PAGE).fill('b'), { position: PAGE });
    for (let turns = 0; turns < round % 6; turns++) await turn();
    controller.abort();
    // The last rounds may find it done.
    const [told] = await Promise.allSettled([beyond]);
    if (round % 6 === 0) t.is(told.status, 'rejected');
    t.is((await between).bytesWritten, PAGE);
    await file.queue.drain();
    const content = readFileSync(file.path);
    t.is(content.subarray(PAGE, 2 * PAGE).toString(), 'b'.repeat(PAGE), `round ${round}`);
    // All of it where the abort came when everything was written, otherwise nothing.
    t.true([2 * PAGE, position + 4 * MEBIBYTE].includes(content.byteLength), `${content.byteLength} bytes`);
  }
});

eachDirectory('a file that another program has cut is written to the end of what was asked for', async (t, target) => {
  const file = await subject(t, target, Buffer.alloc(2 * MEBIBYTE, 'q'));
  truncateSync(file.path, 600 * 1024 + 3);
  const { bytesWritten } = await file.write(Buffer.alloc(MEBIBYTE, 'w'), { position: 1 });
  t.is(bytesWritten, MEBIBYTE);
  t.deepEqual(readFileSync(file.path), Buffer.concat([Buffer.from('q'), Buffer.alloc(MEBIBYTE, 'w')]));
});

eachDirectory('writes beyond the end, truncations and appends keep their order and every byte', async (t, target) => {
  const file = await subject(t, target, Buffer.alloc(3 * PAGE, 'q'));
  const calls = [
    file.truncate(PAGE + 1),
    file.write(Buffer.alloc(10, 'a'), { append: true }),
    file.write(Buffer.alloc(10, 'b'), { position: 3 * PAGE + 7 }),
    file.write(Buffer.alloc(10, 'c'), { append: true }),
    file.write(allocate(PAGE).fill('d'), { position: 2 * PAGE }),
  ];
  await Promise.all(calls);
  const expected = Buffer.alloc(3 * PAGE + 27);
  expected.fill('q', 0, PAGE + 1).fill('a', PAGE + 1, PAGE + 11);
  expected.fill('d', 2 * PAGE, 3 * PAGE);
  expected.fill('b', 3 * PAGE + 7, 3 * PAGE + 17).fill('c', 3 * PAGE + 17);
  t.deepEqual(readFileSync(file.path), expected);
});

test('thousands of writes that meet get through, one after the other', async (t) => {
  t.timeout(1_200_000);
  const queue = await SubmissionQueue.create();
  const file = await open(await scratchFile(t, rootTarget(), Buffer.alloc(PAGE)), { flags: 'r+', queue });
  const writes = Array.from({ length: 3000 }, (_, index) => file.write(Buffer.of(index % 256), { position: index }));
  await Promise.all(writes);
  await file.close();
  await queue.close();
  t.deepEqual(
    [...readFileSync(file.path).subarray(0, 3000)],
    writes.map((_, index) => index % 256),
  );
});

test('the length of a file opened with O_SYNC is durable, too, after a write that was padded and cut [O_DIRECT]', async (t) => {
  const operations: number[] = [];
  for (const flags of ['r+', 'rs+']) {
    await using queue = await SubmissionQueue.create();
    await using file = await open(await scratchFile(t, rootTarget(), Buffer.alloc(0)), { flags, queue });
    await file.write(Buffer.alloc(777, 'q'), { position: 0 });
    operations.push(queue.stats().operations);
  }
  const [plain = 0, synchronous] = operations;
  t.is(synchronous, plain + 1);
});

eachDirectory(
  'what a write puts behind an end that is cut before it is cut off again by who comes after it',
  async (t, target) => {
    const byOurs = async (file: DirectFile): Promise<unknown> => file.truncate(0);
    const byOthers = async ({ path }: DirectFile): Promise<unknown> => {
      truncateSync(path, 0);
      return Promise.resolve();
    };
    for (const cut of [byOurs, byOthers]) {
      for (const write of [
        async (file: DirectFile) => file.write('hello', 500_001),
        async (file: DirectFile) => file.writev([Buffer.from('he'), Buffer.from('llo')], 500_001),
        async (file: DirectFile) => file.writeBatch([Buffer.from('hello')], [500_001], { dsync: true }),
      ]) {
        const file = await subject(t, target, Buffer.alloc(MEBIBYTE, 'q'));
        await Promise.all([cut(file), write(file), file.truncate(100), file.truncate(600_000)]);
        t.true(readFileSync(file.path).equals(Buffer.alloc(600_000)), `${cut.name}, ${write.toString()}`);
      }
    }
  },
);

test('a write that is aborted, or whose memory goes, as it finds the file shorter keeps nobody out', async (t) => {
  for (let round = 0; round < 24; round++) {
    const file = await subject(t, rootTarget(), Buffer.alloc(4 * MEBIBYTE, 'q'));
    truncateSync(file.path, 100);
    const controller = new AbortController();
    const bytes = Buffer.from(new ArrayBuffer(round % 2 === 0 ? 3 : 3 * MEBIBYTE));
    const write = file.write(bytes, { position: 5001, signal: controller.signal });
    for (let turns = 0; turns < (round >> 1) % 6; turns++) await turn();
    if (round < 12) controller.abort();
    else structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    await Promise.allSettled([write]);
    t.is((await file.write('behind', 7000)).bytesWritten, 6);
    await file.datasync();
  }
});

test('thousands of writes beyond the end, and truncations among them, keep the order of their calls', async (t) => {
  t.timeout(1_200_000);
  const file = await subject(t, rootTarget(), Buffer.alloc(0));
  const calls: Promise<unknown>[] = [];
  for (let index = 0; index < 2000; index++) {
    calls.push(file.write(Buffer.alloc(100, 65 + (index % 26)), { position: (index % 500) * 100 }));
    if (index % 500 === 499) calls.push(file.truncate(index === 1999 ? 40_000 : 0));
  }
  await Promise.all(calls);
  const expected = Buffer.concat(Array.from({ length: 500 }, (_, at) => Buffer.alloc(100, 65 + ((1500 + at) % 26))));
  t.true(readFileSync(file.path).equals(expected.subarray(0, 40_000)));
});
