import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import * as workers from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';

import {
  allocate,
  BufferPool,
  open,
  SubmissionQueue,
  type AioError,
  type DirectFile,
  type OpenOptions,
} from '../index.js';
import { eachDirectory, eachTarget, rootTarget, scratchFile } from './support/targets.js';
import { transferAway } from './support/transfer.js';

/** ES2024, which the compiler's library does not have for Node 20. */
type Resizable = ArrayBuffer & { resize: (length: number) => void };

type Coded = Error & { code?: string };

/** A file of 64 KiB on the checkout's disk, with a queue of its own, so that its counters are the test's. */
async function subject(t: ExecutionContext, options: OpenOptions = {}): Promise<{ file: DirectFile; path: string }> {
  const root = rootTarget();
  const path = await scratchFile(t, root, Buffer.alloc(65_536, 'x'));
  const queue = await SubmissionQueue.create({ depth: 8 });
  const file = await open(path, { flags: 'r+', queue, ...options });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return { file, path };
}

/** Rejects with the class and code, and nothing reached the queue. */
async function refused(
  t: ExecutionContext,
  file: DirectFile,
  call: () => Promise<unknown>,
  expected: { instanceOf?: new (...given: never[]) => Error; code: string },
): Promise<Coded> {
  const { operations } = file.queue.stats();
  const error = await t.throwsAsync<Coded>(call, expected as { code: string });
  t.is(file.queue.stats().operations, operations);
  return error;
}

/** A call by its callback, as a promise. */
function told(call: (tell: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

const RANGE = { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' };
const TYPE = { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' };
const VALUE = { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' };

const POSITIONS: [name: string, position: unknown, expected: typeof RANGE | typeof TYPE][] = [
  ['negative', -2, RANGE],
  ['fractional', 0.5, RANGE],
  ['NaN', NaN, RANGE],
  ['infinite', Infinity, RANGE],
  ['beyond 2^53', 2 ** 53, RANGE],
  ['a bigint beyond 2^53', 2n ** 53n, RANGE],
  ['a negative bigint', -5n, RANGE],
  ['a string', '0', TYPE],
  ['an object', {}, TYPE],
];

for (const [name, position, expected] of POSITIONS) {
  test(`a position that is ${name} is refused, nothing submitted`, async (t) => {
    const { file } = await subject(t);
    const buffer = allocate(512);
    const given = position as number;
    await refused(t, file, () => file.read(buffer, { position: given }), expected);
    await refused(t, file, () => file.write(buffer, { position: given }), expected);
    await refused(t, file, () => file.readBatch(buffer, [given]), expected);
    const byCallback = told((tell) => {
      file.read(buffer, 0, 512, given, tell);
    });
    await refused(t, file, () => byCallback, expected);
    if (typeof position !== 'object') {
      await refused(t, file, () => file.read(buffer, 0, 512, given), expected);
      await refused(t, file, () => file.readv([buffer], given), expected);
    }
  });
}

test('positions of a prepared batch that are none are refused, nothing submitted, and told apart', async (t) => {
  const { file } = await subject(t);
  for (const batch of [file.prepareReads(allocate(2048), 4), file.prepareWrites(allocate(2048), 4)]) {
    for (const position of [-1, -512, 0.5, NaN, Infinity, -Infinity, 2 ** 53]) {
      batch.positions.set([0, 512, position, 1024]);
      const error = await refused(t, file, () => batch.submit(), RANGE);
      t.regex(error.message, /positions\[2\]/);
    }
    batch.positions.set([0, 512, -0, 1024]);
    t.is(await batch.submit(), 2048);
  }
});

test('a batch that cannot be prepared throws, and so does one that is no batch at all', async (t) => {
  const { file, path } = await subject(t);
  const loose = file as unknown as Record<'prepareReads' | 'prepareWrites', (...given: unknown[]) => unknown>;
  const memory = allocate(2048);
  for (const prepare of ['prepareReads', 'prepareWrites'] as const) {
    for (const wrong of [5, null, undefined, 'text', {}, new ArrayBuffer(512), new Proxy(new Uint8Array(512), {})]) {
      t.throws(() => loose[prepare](wrong), TYPE as object);
      t.throws(() => loose[prepare]([wrong]), TYPE as object);
    }
    for (const count of [0, -1, 1.5, NaN, Infinity, 2 ** 20 + 1])
      t.throws(() => loose[prepare](memory, count), RANGE as object);
    t.throws(() => loose[prepare](memory, '4'), TYPE as object);
    t.throws(() => loose[prepare]([]), RANGE as object);
    for (const count of [1, 3]) t.throws(() => loose[prepare]([memory, allocate(512)], count), VALUE as object);
    t.throws(() => loose[prepare](memory, 7), VALUE as object, 'parts that are not equal');
    t.throws(() => loose[prepare](memory, 4, 5), TYPE as object);
    t.throws(() => loose[prepare](memory, 4, { nowait: 1 }), TYPE as object);
    t.throws(() => loose[prepare](memory, 4, { priority: { class: 'urgent' } }), VALUE as object);
    t.throws(() => loose[prepare](memory, 4, { append: true }), VALUE as object);
    t.throws(() => loose[prepare](memory, 4, { signal: new AbortController().signal }), VALUE as object);
    t.throws(() => loose[prepare](memory, 4, { signal: {} }), TYPE as object);
    t.throws(() => loose[prepare](memory.subarray(0, 0), 1));
  }
  const batch = file.prepareReads(memory, 4);
  for (const wrong of [5, 'text', true] as never[]) await refused(t, file, () => batch.submit(wrong), TYPE);
  for (const signal of [5, {}, null] as never[]) await refused(t, file, () => batch.submit({ signal }), TYPE);
  const { constructor } = batch as unknown as { constructor: new () => unknown };
  t.throws(() => new constructor(), { instanceOf: TypeError, code: 'ERR_ILLEGAL_CONSTRUCTOR' } as object);
  const [reader, writer] = [await open(path, 'r'), await open(path, 'a')];
  t.throws(() => reader.prepareWrites(memory, 4), { code: 'EBADF' });
  t.throws(() => writer.prepareReads(memory, 4), { code: 'EBADF' });
  t.throws(() => writer.prepareWrites(memory, 4), VALUE as object, 'it appends, and batches do not');
  await Promise.all([reader.close(), writer.close()]);
});

test('memory, lengths and positions of a prepared batch that are not aligned are refused [O_DIRECT]', async (t) => {
  const { file } = await subject(t);
  const misaligned = { code: 'ERR_AIO_MISALIGNED' };
  const { read, offset, memory } = file.alignment;
  for (const [prepare, step] of [
    ['prepareReads', read],
    ['prepareWrites', offset],
  ] as const) {
    const size = 2 * Math.max(step, memory);
    const good = allocate(2 * size);
    t.throws(() => file[prepare](Buffer.alloc(size)), misaligned);
    t.throws(() => file[prepare]([good, Buffer.alloc(size)]), misaligned);
    t.throws(() => file[prepare](good.subarray(0, size - 1)), misaligned);
    t.throws(() => file[prepare](good.subarray(1, 1 + size)), misaligned);
    t.throws(() => file[prepare](good, good.byteLength), misaligned);
    const batch = file[prepare](good, 2);
    for (const position of [1, step - 1, step + 1, step / 2]) {
      batch.positions[1] = position;
      const error = await refused(t, file, () => batch.submit(), misaligned);
      t.true(error.message.includes(String(step)), error.message);
    }
    batch.positions[1] = step;
    t.is(await batch.submit(), 2 * size);
  }
});

test('lengths and offsets beyond the buffer are refused, nothing submitted', async (t) => {
  const { file } = await subject(t);
  const buffer = allocate(512);
  await refused(t, file, () => file.read(buffer, 0, 513, 0), RANGE);
  await refused(t, file, () => file.read(buffer, 513, 0, 0), RANGE);
  await refused(t, file, () => file.write(buffer, 500, 13, 0), RANGE);
  await refused(t, file, () => file.write(buffer, { offset: -1, position: 0 }), RANGE);
  await refused(t, file, () => file.write(buffer, { length: 1.5, position: 0 }), RANGE);
  await refused(t, file, () => file.read(Buffer.alloc(0), 0, 1, 0), VALUE);
});

test('what is no buffer is refused, nothing submitted', async (t) => {
  const { file } = await subject(t);
  for (const wrong of [5, true, null, 'text', new ArrayBuffer(512)] as unknown as Buffer[]) {
    await refused(t, file, () => file.readv([wrong], 0), TYPE);
    await refused(t, file, () => file.readBatch([wrong], [0]), TYPE);
  }
  const holes = [allocate(512)];
  holes[2] = allocate(512);
  await refused(t, file, () => file.readv(holes, 0), TYPE);
  await refused(t, file, () => file.writeBatch(holes, [0, 512, 1024]), TYPE);
  const proxy = new Proxy(new Uint8Array(512), {});
  for (const wrong of [[1, 2], new ArrayBuffer(8), proxy] as unknown as Buffer[]) {
    await refused(t, file, () => file.read(wrong), TYPE);
    await refused(t, file, () => file.write(wrong, 0, 1, 0), TYPE);
  }
  await refused(t, file, () => file.writeFile(proxy), TYPE);
  const nothing = { [Symbol.iterator]: () => ({ next: () => null as unknown as IteratorResult<string> }) };
  await refused(t, file, () => file.writeFile(nothing), TYPE);
  await refused(t, file, () => file.read(5 as unknown as Buffer, 0, 1, 0), TYPE);
  await refused(t, file, () => file.write(5 as unknown as Buffer, 0, 1, 0), TYPE);
  await refused(t, file, () => file.write(null as unknown as Buffer, 0, 1, 0), TYPE);
  await refused(t, file, () => file.readv(allocate(512) as unknown as Buffer[], 0), TYPE);
  await refused(t, file, () => file.readBatch(allocate(512), 7 as unknown as number[]), TYPE);
  await refused(t, file, () => file.readBatch(allocate(1000), [0, 512, 1024]), VALUE);
  await refused(t, file, () => file.readBatch(allocate(512), { length: 2 ** 20 + 1 }), RANGE);
  await refused(t, file, () => file.readBatch([allocate(512)], [0, 512]), VALUE);
});

test('wrong options are refused, nothing submitted', async (t) => {
  const { file } = await subject(t);
  const buffer = allocate(512);
  const wrong: [object, typeof RANGE | typeof TYPE][] = [
    [{ dsync: 1 }, TYPE],
    [{ signal: {} }, TYPE],
    [{ priority: 'high' }, TYPE],
    [{ priority: { class: 'urgent' } }, VALUE],
    [{ priority: { class: 'idle', level: 8 } }, RANGE],
    [{ exact: 'yes' }, TYPE],
  ];
  for (const [options, expected] of wrong) {
    await refused(t, file, () => file.write(buffer, { position: 0, ...options }), expected);
  }
  await t.throwsAsync(SubmissionQueue.create({ depth: 0 }), RANGE as object);
  await t.throwsAsync(SubmissionQueue.create({ depth: 4097 }), RANGE as object);
  await t.throwsAsync(SubmissionQueue.create({ batch: 'later' as 'manual' }), VALUE as object);
  t.throws(() => BufferPool.create({ limit: 1 }), RANGE as object);
  t.throws(() => allocate(0), RANGE as object);
});

test('detached memory is refused or told, and the file stays usable', async (t) => {
  const { file } = await subject(t);
  const gone = Buffer.alloc(512);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  await refused(t, file, () => file.read(gone, 0, 512, 0), VALUE);
  const going = new Uint8Array(700);
  const reading = file.read(going, 0, 700, 1);
  structuredClone(going.buffer, { transfer: [going.buffer] });
  await t.throwsAsync(reading, { code: 'ERR_AIO_BUFFER_DETACHED' });
  t.is((await file.read(allocate(512), { position: 0 })).bytesRead, 512);
});

test('memory that shrinks while it is read into is told', async (t) => {
  const { file } = await subject(t);
  const memory = Reflect.construct(ArrayBuffer, [4096, { maxByteLength: 8192 }]) as Resizable;
  const reading = file.read(new Uint8Array(memory, 0, 4096), 0, 4096, 0);
  memory.resize(10);
  await t.throwsAsync(reading, { code: 'ERR_AIO_BUFFER_DETACHED' });
});

test('shared memory is read into and written from', async (t) => {
  const { file } = await subject(t);
  const shared = new Uint8Array(new SharedArrayBuffer(1000)).fill(65);
  t.is((await file.write(shared, 0, 1000, 5)).bytesWritten, 1000);
  shared.fill(0);
  t.is((await file.read(shared, 0, 1000, 5)).bytesRead, 1000);
  t.true(shared.every((byte) => byte === 65));
});

eachTarget('exact refuses what is not aligned, and says the alignment [O_DIRECT]', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.alloc(65_536));
  const queue = await SubmissionQueue.create({ depth: 8 });
  const file = await open(path, { flags: 'r+', exact: true, queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  const { offset, read, memory } = file.alignment;
  const buffer = file.allocate(2 * Math.max(offset, memory));
  t.is((await file.read(buffer, { position: 0 })).bytesRead, buffer.byteLength);
  const cases: [call: () => Promise<unknown>, step: number][] = [
    [() => file.read(buffer, { position: 1 }), read],
    [() => file.read(buffer, { position: 0, length: buffer.byteLength - 1 }), read],
    [() => file.write(buffer, { position: offset - 1 }), offset],
    [() => file.write(Buffer.allocUnsafeSlow(buffer.byteLength), { position: 0 }), offset],
  ];
  for (const [call, step] of cases) {
    const error = await refused(t, file, call, { code: 'ERR_AIO_MISALIGNED' });
    t.true(error.message.includes(String(step)), error.message);
  }
  t.is((await file.read(buffer, { position: 1, exact: false })).bytesRead, buffer.byteLength);
});

test('a closed file refuses everything but close, which is idempotent', async (t) => {
  const { file } = await subject(t);
  await Promise.all([file.close(), file.close()]);
  await file.close();
  const closed = { code: 'ERR_AIO_CLOSED' };
  const buffer = allocate(512);
  await refused(t, file, () => file.read(buffer, { position: 0 }), closed);
  await refused(t, file, () => file.read(Buffer.alloc(5), { position: 3 }), closed);
  await refused(t, file, () => file.read(buffer), closed);
  await refused(t, file, () => file.write(buffer, { position: 0 }), closed);
  await refused(t, file, () => file.write('text'), closed);
  await refused(t, file, () => file.readv([buffer], 0), closed);
  await refused(t, file, () => file.writeBatch(buffer, [0]), closed);
  await refused(t, file, () => file.readFile(), closed);
  await refused(t, file, () => file.appendFile('x'), closed);
  await refused(t, file, () => file.sync(), closed);
  await refused(t, file, () => file.datasync(), closed);
  await refused(t, file, () => file.stat(), closed);
  await refused(t, file, () => file.truncate(0), closed);
  await refused(t, file, () => file.preallocate({ length: 1 }), closed);
  t.is(file.fd, -1);
});

test('close waits for what is under way', async (t) => {
  const { file } = await subject(t);
  const reads = Array.from({ length: 50 }, (_, index) => file.read(allocate(512), { position: 512 * index }));
  const closing = file.close();
  t.true((await Promise.all(reads)).every(({ bytesRead }) => bytesRead === 512));
  await closing;
});

test('a batch does not append, and its positions are told apart', async (t) => {
  const { file } = await subject(t);
  const append = { append: true } as object;
  await refused(t, file, () => file.writeBatch(allocate(512), [0], append), VALUE);
  const error = await refused(t, file, () => file.readBatch(allocate(1024), [0, -1]), RANGE);
  t.regex(error.message, /positions\[1\]/);
});

test('a file on a manual queue closes with what was enqueued', async (t) => {
  const queue = await SubmissionQueue.create({ batch: 'manual' });
  t.teardown(() => queue.close());
  const { path } = await subject(t);
  const file = await open(path, { queue });
  const reading = file.read(allocate(512), { position: 0 });
  await file.close();
  t.is((await reading).bytesRead, 512);
});

test('a closed queue refuses', async (t) => {
  const { file } = await subject(t);
  await file.queue.close();
  await t.throwsAsync(file.read(allocate(512), { position: 0 }), { code: 'ERR_AIO_CLOSED' });
  await t.throwsAsync(file.read(Buffer.alloc(512), { position: 0 }), { code: 'ERR_AIO_CLOSED', message: /queue/ });
  await t.throwsAsync(open(file.path, { queue: file.queue }), { code: 'ERR_AIO_CLOSED', message: /queue/ });
  t.is(file.queue.stats().operations, 0);
});

test('a file opened for one direction refuses the other with EBADF', async (t) => {
  const { path } = await subject(t);
  const [reader, writer] = [await open(path, 'r'), await open(path, 'a')];
  await t.throwsAsync(reader.write(allocate(512), { position: 0 }), { code: 'EBADF' });
  await t.throwsAsync(reader.write('text', 0), { code: 'EBADF' });
  await t.throwsAsync(writer.read(allocate(512), { position: 0 }), { code: 'EBADF' });
  await t.throwsAsync(writer.readFile(), { code: 'EBADF' });
  await Promise.all([reader.close(), writer.close()]);
});

test('paths that lead to no disk file are refused, and never waited for', async (t) => {
  const { path } = await subject(t);
  const place = dirname(path);
  const unsupported = { code: 'ERR_AIO_UNSUPPORTED_FILE' };
  const fifo = join(place, `fifo-${process.pid}-${Math.random()}`);
  execFileSync('mkfifo', [fifo]);
  const socket = createServer().listen(join(place, `s${Math.floor(Math.random() * 1e6)}`));
  t.teardown(() => {
    execFileSync('rm', ['-f', fifo]);
    socket.close();
  });
  for (const [name, flags] of [
    [place, 'r'],
    [fifo, 'r'],
    [fifo, 'r+'],
    ['/dev/null', 'r+'],
    ['/proc/self/status', 'r'],
  ] as const) {
    const error = await t.throwsAsync<AioError>(open(name, flags), unsupported, name);
    t.is(error.path, name);
  }
  await t.throwsAsync(open(socket.address() as string, 'r'), undefined);
  await t.throwsAsync(open(join(place, 'nothing')), { code: 'ENOENT' });
  await t.throwsAsync(open(path, 'wx'), { code: 'EEXIST' });
  await t.throwsAsync(open(join(path, 'below')), { code: 'ENOTDIR' });
  await t.throwsAsync(open('a\0b'), VALUE as object);
  await t.throwsAsync(open(7 as unknown as string), TYPE as object);
  await t.throwsAsync(open(path, 'rw'), VALUE as object);
  await t.throwsAsync(open(path, { queue: Object.create(null) as SubmissionQueue }), TYPE as object);
});

eachDirectory('reads past the end are short, as in Node', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.alloc(5000, 'y'));
  const file = await open(path);
  t.teardown(() => file.close());
  t.is((await file.read(allocate(8192), { position: 0 })).bytesRead, 5000);
  t.is((await file.read(Buffer.alloc(100), { position: 4990 })).bytesRead, 10);
  t.is((await file.read(allocate(4096), { position: 8192 })).bytesRead, 0);
  t.is((await file.read(Buffer.alloc(10), { position: 5000 })).bytesRead, 0);
  t.is((await file.read(Buffer.alloc(0), { position: 0 })).bytesRead, 0);
  truncateSync(path, 3);
  t.is((await file.read(allocate(4096), { position: 0 })).bytesRead, 3);
  writeFileSync(path, '');
  t.is((await file.readFile()).byteLength, 0);
});

test('a view that lies about its length moves what it has', async (t) => {
  const { file, path } = await subject(t);
  class Liar extends Uint8Array {
    override get byteLength(): number {
      return 30_000;
    }
  }
  t.is((await file.write(new Liar(10), { position: 0 })).bytesWritten, 10);
  t.is((await file.writev([new Liar(10)], 0)).bytesWritten, 10);
  t.is((await file.writeBatch([new Liar(10)], [0])).bytesWritten, 10);
  const buffer = Buffer.alloc(10);
  Object.defineProperty(buffer, 'byteLength', { value: 30_000 });
  Object.defineProperty(buffer, 'subarray', { value: () => new Uint8Array(30_000) });
  t.is((await file.writev([buffer], 0)).bytesWritten, 10);
  t.is((await file.writeBatch([buffer], [0])).bytesWritten, 10);
  t.is((await file.write(buffer, { position: 0 })).bytesWritten, 10);
  const blocks = Buffer.alloc(10);
  Object.defineProperty(blocks, 'byteLength', { value: 8192 });
  t.is((await file.write(blocks, { position: 0 })).bytesWritten, 10);
  await file.close();
  t.true(readFileSync(path).subarray(10).equals(Buffer.alloc(65_526, 'x')));
});

test('a Buffer whose length is asked for by a program of its own gets no memory of others', async (t) => {
  const { file } = await subject(t);
  using pool = BufferPool.create({ limit: 8192 });
  const [first, second] = [pool.acquire(4096), pool.acquire(4096)];
  let other: Buffer | undefined;
  Object.defineProperty(second, 'byteLength', {
    get: () => {
      if (other === undefined) {
        pool.release(first);
        other = pool.acquire(4096).fill('o');
      }
      return 4096;
    },
  });
  for (const call of [
    async () => file.readBatch([first, second], [0, 4096]),
    async () => file.readv([first, second], 0),
    async () => file.prepareReads([first, second], 2).submit(),
  ]) {
    await call().catch(() => undefined);
    t.true(other === undefined || other.equals(Buffer.alloc(4096, 'o')));
  }
});

test('a view that is asked where it lies runs nothing of a program', async (t) => {
  const { file } = await subject(t);
  using pool = BufferPool.create({ limit: 8192 });
  const first = pool.acquire(4096);
  let asked = 0;
  const liar = Buffer.alloc(0);
  for (const key of ['buffer', 'byteOffset', 'byteLength']) {
    Object.defineProperty(liar, key, { get: () => asked++ });
  }
  await file.readv([first, liar], 0);
  await file.read(liar, { position: 0 });
  await file.write(liar, { position: 0 });
  await t.throwsAsync(file.readBatch([first, liar], [0, 4096, 8192]), { code: 'ERR_INVALID_ARG_VALUE' });
  await file.readBatch([first, liar], [0, 4096]);
  t.is(asked, 0);
});

test('a part of pool memory that says it is more gets no more, and gives no more', async (t) => {
  const { file, path } = await subject(t);
  using pool = BufferPool.create({ limit: 8192 });
  const [ours, theirs] = [pool.acquire(4096), pool.acquire(4096)];
  theirs.fill('t');
  const part = ours.subarray(0, 512).fill('o');
  Object.defineProperty(part, 'byteLength', { value: 8192 });
  t.is((await file.read(part, { position: 0 })).bytesRead, 512);
  t.true(theirs.equals(Buffer.alloc(4096, 't')));
  part.fill('o');
  t.is((await file.write(part, { position: 0 })).bytesWritten, 512);
  t.false(readFileSync(path).includes('t'));
});

test('a chunk that says it is more writes what it has', async (t) => {
  const { file, path } = await subject(t);
  await file.truncate(0);
  const stream = file.createWriteStream({ start: 0 });
  const liar = Buffer.alloc(10, 'c');
  Object.defineProperty(liar, 'byteLength', { value: 30_000 });
  stream.write(liar);
  stream.end();
  await finished(stream);
  t.deepEqual(readFileSync(path), Buffer.alloc(10, 'c'));
});

test('a view that keeps what is copied into it keeps no block that others get', async (t) => {
  const { file } = await subject(t);
  const kept: Partial<Disposable>[] = [];
  const liar = Buffer.alloc(0);
  Object.defineProperties(liar, {
    byteLength: { value: 4096 },
    set: { value: (source: Disposable) => kept.push(source) },
  });
  const bytes = await file.read(liar, { position: 0 }).then(
    ({ bytesRead }) => bytesRead,
    () => 0,
  );
  t.is(bytes, 0);
  t.deepEqual(kept, []);
});

test('an extent that somebody has made up is none', async (t) => {
  const { file } = await subject(t);
  const ours = allocate(4096).fill('o');
  const theirs = Buffer.alloc(4096, 't');
  for (const key of Object.getOwnPropertySymbols(ours)) {
    const value: unknown = Reflect.get(ours, key);
    const imitation =
      typeof value === 'object'
        ? { ...(value as object), isOf: () => true, pin: () => undefined, unpin: () => undefined }
        : value;
    Object.defineProperty(theirs, key, { value: imitation });
  }
  t.true(Object.getOwnPropertySymbols(theirs).length > 0);
  t.is((await file.read(theirs, 0, 4096, 0)).bytesRead, 4096);
  t.is((await file.readBatch([theirs], [0])).bytesRead, 4096);
  t.true(theirs.equals(Buffer.alloc(4096, 'x')));
  t.true(ours.equals(Buffer.alloc(4096, 'o')));
});

test('memory of a pool that is transferred away meanwhile is told as that, whatever it says of itself [native]', async (t) => {
  const { file } = await subject(t);
  using pool = BufferPool.create({ limit: 1 << 20 });
  const buffer = pool.acquire(1 << 20);
  Object.defineProperty(buffer, 'byteLength', { value: 1 << 20 });
  const writing = file.write(buffer, { position: 1 });
  transferAway(buffer.buffer);
  const outcome = await writing.then(
    () => 'written',
    (error: unknown) => (error as { code?: string }).code,
  );
  t.true(['written', 'ERR_AIO_BUFFER_DETACHED'].includes(outcome ?? ''), outcome);
});

test('memory that was given back is refused as such, whatever part of it is meant', async (t) => {
  const { file } = await subject(t);
  const buffer = allocate(4096);
  buffer[Symbol.dispose]();
  await t.throwsAsync(file.read(buffer, 0, 4096, 0), { code: 'ERR_AIO_BUFFER_RELEASED' });
  await t.throwsAsync(file.write(buffer, 0, 4096, 0), { code: 'ERR_AIO_BUFFER_RELEASED' });
});

test('files, queues and pools are refused by structuredClone, where Node can do that', async (t) => {
  const { file } = await subject(t);
  using pool = BufferPool.create();
  // What imitates Node refuses or clones as it likes.
  const objects = 'bun' in process.versions || 'deno' in process.versions ? [] : [file, file.queue, pool];
  if (objects.length > 0) objects.push(file.prepareReads(allocate(512)) as never);
  for (const object of objects) {
    if (!('markAsUncloneable' in workers)) t.notThrows(() => structuredClone(object));
    else t.throws(() => structuredClone(object), { name: 'DataCloneError' });
  }
  t.pass();
});
