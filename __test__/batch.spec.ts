import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';

import { allocate, BufferPool, open, SubmissionQueue, type BatchError, type DirectFile } from '../index.js';
import {
  eachDevice,
  eachDirectory,
  eachTarget,
  rootTarget,
  scratchFile,
  type DeviceTarget,
  type DirectoryTarget,
} from './support/targets.js';

const BLOCK = 4096;
const CONTENT = Buffer.from(Uint8Array.from({ length: 16 * BLOCK }, (_, at) => (at * 7) % 251));

async function subject(t: ExecutionContext, target: DirectoryTarget | DeviceTarget, flags = 'r+'): Promise<DirectFile> {
  const queue = await SubmissionQueue.create({ depth: 16 });
  const file = await open(await scratchFile(t, target, CONTENT), { flags, queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return file;
}

const part = (position: number, length = BLOCK): Buffer => CONTENT.subarray(position, position + length);

eachTarget('positions are an array, typed or not, and each has its part or its buffer', async (t, target) => {
  const file = await subject(t, target);
  const positions = [8 * BLOCK, 0, 3 * BLOCK];
  for (const given of [positions, Float64Array.from(positions), Uint32Array.from(positions)]) {
    const whole = allocate(3 * BLOCK);
    const { bytesRead, results, buffers } = await file.readBatch(whole, given);
    t.deepEqual([bytesRead, ...results], [3 * BLOCK, BLOCK, BLOCK, BLOCK]);
    t.is(buffers, whole);
    t.deepEqual(whole, Buffer.concat(positions.map((position) => part(position))));
    const each = [allocate(BLOCK), allocate(2 * BLOCK), allocate(BLOCK)];
    t.deepEqual([...(await file.readBatch(each, given)).results], [BLOCK, 2 * BLOCK, BLOCK]);
    t.deepEqual(each[1], part(0, 2 * BLOCK));
  }
});

eachTarget('aligned or not, from a pool or not: a batch moves the same bytes', async (t, target) => {
  const file = await subject(t, target);
  using pool = BufferPool.create();
  const sizes = [1, 511, 512, BLOCK, 5000];
  const memories = [
    (size: number) => Buffer.alloc(size),
    (size: number) => pool.acquire(size),
    (size: number) => allocate(size + 3).subarray(3),
    (size: number) => new DataView(new ArrayBuffer(size)),
  ];
  for (const memory of memories) {
    const buffers = sizes.map((size) => memory(size));
    const positions = sizes.map((_, index) => index * 6001);
    const { results } = await file.readBatch(buffers, positions);
    t.deepEqual([...results], sizes);
    buffers.forEach((buffer, index) => {
      const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      t.deepEqual(Buffer.from(bytes), Buffer.from(part(index * 6001, sizes[index])));
    });
    const written = await file.writeBatch(buffers, positions);
    t.deepEqual([...written.results], sizes);
  }
  t.deepEqual((await file.read(Buffer.alloc(CONTENT.byteLength), { position: 0 })).buffer, CONTENT);
});

eachTarget('an empty batch, and empty parts of one, are no operations', async (t, target) => {
  const file = await subject(t, target);
  t.deepEqual((await file.readBatch([], [])).results, new Int32Array(0));
  t.deepEqual((await file.writeBatch(allocate(BLOCK), [])).results, new Int32Array(0));
  t.deepEqual([...(await file.readBatch(Buffer.alloc(0), [0, 1, 2])).results], [0, 0, 0]);
  t.deepEqual([...(await file.writeBatch([Buffer.alloc(0), allocate(0x200)], [5, 0])).results], [0, 512]);
});

eachTarget('reads past the end are short, each by itself', async (t, target) => {
  const file = await subject(t, target);
  const { size } = 'device' in target ? { size: 128 << 20 } : await file.stat();
  const aligned = await file.readBatch(allocate(2 * BLOCK), [size - BLOCK, size]);
  t.deepEqual([...aligned.results], [BLOCK, 0]);
  const odd = await file.readBatch(Buffer.alloc(300), [size - 100, size - 1, size + 5]);
  t.deepEqual([...odd.results], [100, 1, 0]);
  t.is(odd.bytesRead, 101);
});

eachDirectory(
  'in a file opened for appending every part is appended, in order, whatever its position',
  async (t, target) => {
    for (const make of [(size: number) => allocate(size), (size: number) => Buffer.alloc(size)]) {
      const file = await subject(t, target, 'a');
      const parts = [make(BLOCK).fill(1), make(BLOCK).fill(2)];
      t.deepEqual([...(await file.writeBatch(parts, [0, BLOCK])).results], [BLOCK, BLOCK]);
      t.deepEqual(readFileSync(file.path), Buffer.concat([CONTENT, ...parts]));
    }
  },
);

eachTarget(
  'exact refuses the whole batch for one part that is not aligned, and nothing is submitted [O_DIRECT]',
  async (t, target) => {
    const { path, queue } = await subject(t, target);
    await using file = await open(path, { flags: 'r+', exact: true, queue });
    const refused = { code: 'ERR_AIO_MISALIGNED' };
    const { operations } = queue.stats();
    await t.throwsAsync(file.readBatch(allocate(2 * BLOCK), [0, 1]), refused);
    await t.throwsAsync(file.readBatch(allocate(2 * BLOCK), [0, 1], {}), refused);
    await t.throwsAsync(file.writeBatch([allocate(BLOCK), Buffer.alloc(BLOCK)], [0, BLOCK]), refused);
    await t.throwsAsync(file.writeBatch([allocate(BLOCK), allocate(BLOCK).subarray(1)], [0, BLOCK]), refused);
    await t.throwsAsync(file.writeBatch(allocate(2 * BLOCK), [0, 1], { atomic: true, exact: false }), refused);
    t.is(queue.stats().operations, operations);
    t.is((await file.readBatch(allocate(2 * BLOCK), [0, BLOCK])).bytesRead, 2 * BLOCK);
    t.is((await file.readBatch(allocate(2 * BLOCK), [0, 1], { exact: false })).bytesRead, 2 * BLOCK);
  },
);

eachDevice('of a batch of which some failed, the first is told, and what the others did', async (t, target) => {
  const file = await subject(t, target);
  const end = (await file.readFile()).byteLength;
  for (const make of [(size: number) => allocate(size), (size: number) => Buffer.alloc(size)]) {
    const buffers = Array.from({ length: 4 }, () => make(BLOCK));
    const writing = file.writeBatch(buffers, [0, end, 2 * BLOCK, end + BLOCK]);
    const error = await t.throwsAsync<BatchError>(writing);
    t.deepEqual([error.index, error.position, error.code, error.path], [1, end, 'ENOSPC', file.path]);
    t.deepEqual([...error.results], [BLOCK, error.errno, BLOCK, error.errno]);
  }
});

eachDevice('the error of a batch has the caller in its stack', async (t, target) => {
  const file = await subject(t, target);
  const end = (await file.readFile()).byteLength;
  for (const buffer of [allocate(BLOCK), Buffer.alloc(BLOCK)]) {
    const prepared = file.prepareWrites(allocate(BLOCK));
    prepared.positions[0] = end;
    const calls = [async () => file.writeBatch(buffer, [end]), async () => prepared.submit()];
    for (const call of calls) {
      async function theCaller(): Promise<void> {
        await call();
      }
      const { stack } = await t.throwsAsync(theCaller, { code: 'ENOSPC' });
      t.regex(String(stack), /at async theCaller/);
    }
  }
});

eachTarget('more operations than the depth, and reads beside writes', async (t, target) => {
  const file = await subject(t, target);
  const positions = Array.from({ length: 200 }, (_, index) => (index % 16) * BLOCK);
  const [read, written] = await Promise.all([
    file.readBatch(allocate(200 * BLOCK), positions),
    file.writeBatch(
      positions.map((position) => Buffer.from(part(position))),
      positions,
    ),
  ]);
  t.is(read.bytesRead + written.bytesWritten, 400 * BLOCK);
  t.true(file.queue.stats().depthMax <= 16);
  t.deepEqual((await file.read(Buffer.alloc(CONTENT.byteLength), { position: 0 })).buffer, CONTENT);
});

eachTarget(
  'a view that is detached before its turn in a batch has room for nothing, and the others are read',
  async (t, target) => {
    const file = await subject(t, target);
    const views = Array.from({ length: 100 }, () => new Uint8Array(100));
    const reading = file.readBatch(
      views,
      views.map((_, index) => index),
    );
    const last = views.at(-1)?.buffer as ArrayBuffer;
    structuredClone(last, { transfer: [last] });
    const { results } = await reading;
    t.deepEqual([...results], [...new Array<number>(99).fill(100), 0]);
    t.true(views.slice(0, -1).every((view, index) => CONTENT.subarray(index, index + 100).equals(view)));
  },
);

test('a view that is detached before its turn to be written fails by itself', async (t) => {
  const path = await scratchFile(t, rootTarget());
  await using file = await open(path, 'r+');
  const views = Array.from({ length: 200 }, () => new Uint8Array(100).fill(97));
  const writing = file.writeBatch(
    views,
    views.map((_, index) => index * 100),
  );
  const gone = views[150]?.buffer as ArrayBuffer;
  structuredClone(gone, { transfer: [gone] });
  const error = await t.throwsAsync<BatchError>(writing, { code: 'EFAULT' });
  t.is(error.index, 150);
  t.is(error.results.filter((bytes) => bytes === 100).length, 199);
});

test('a batch that waits for its turn and then for room keeps memory that is released meanwhile [O_DIRECT]', async (t) => {
  const path = await scratchFile(t, rootTarget(), Buffer.alloc(8 * BLOCK));
  await using queue = await SubmissionQueue.create({ depth: 4, capacity: 4 });
  await using file = await open(path, { flags: 'r+', queue });
  await using other = await open(path, 'r+');
  using pool = BufferPool.create();
  for (let round = 0; round < 20; round++) {
    // Has the range for itself.
    const holding = other.write(Buffer.alloc(3 * BLOCK, 'h'), { position: 1 });
    const memory = pool.acquire(3 * BLOCK).fill('b');
    const batch = file.writeBatch(memory, [0, BLOCK, 2 * BLOCK]);
    pool.release(memory);
    const reads = Array.from({ length: 4 }, () => file.read(allocate(BLOCK), { position: 4 * BLOCK }));
    t.is((await batch).bytesWritten, 3 * BLOCK);
    await Promise.all([holding, ...reads]);
    t.true(
      readFileSync(path)
        .subarray(0, 3 * BLOCK)
        .equals(Buffer.alloc(3 * BLOCK, 'b')),
    );
  }
});

test('a batch that waits for its turn and then for room is still before who came after it [O_DIRECT]', async (t) => {
  const path = await scratchFile(t, rootTarget(), Buffer.alloc(8 * BLOCK));
  await using queue = await SubmissionQueue.create({ depth: 4, capacity: 4 });
  await using file = await open(path, { flags: 'r+', queue });
  await using other = await open(path, 'r+');
  for (let round = 0; round < 20; round++) {
    const holding = other.write(Buffer.alloc(3 * BLOCK, 'h'), { position: 1 });
    const batch = file.writeBatch(allocate(4 * BLOCK), [0, BLOCK, 2 * BLOCK, 3 * BLOCK]);
    const cut = other.truncate(0);
    const later = other.write('later', 0);
    const reads = Array.from({ length: 4 }, () => file.read(allocate(BLOCK), { position: 0 }));
    await Promise.all([holding, batch, cut, later, ...reads]);
    t.is(readFileSync(path, 'latin1'), 'later');
  }
});
