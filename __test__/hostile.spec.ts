import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';

import { allocate, BufferPool, open, SubmissionQueue, type DirectFile } from '../index.js';
import { transferAway } from './support/transfer.js';
import { eachDirectory, rootTarget, scratchFile } from './support/targets.js';

const PAGE = 4096;
const MEBIBYTE = 1 << 20;

async function subject(t: ExecutionContext, content: Buffer, target = rootTarget()): Promise<DirectFile> {
  const queue = await SubmissionQueue.create();
  const file = await open(await scratchFile(t, target, content), { flags: 'r+', queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return file;
}

test('a length that V8 takes no ArrayBuffer of is an error and no crash', (t) => {
  for (const size of [2 ** 53, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
    t.throws(() => allocate(size));
    t.throws(() => BufferPool.create({ limit: 2 ** 53 - 1 }).acquire(size));
  }
});

test('a signal with methods of its own disturbs nobody', async (t) => {
  const file = await subject(t, Buffer.alloc(4 * PAGE, 'q'));
  const { signal } = new AbortController();
  const fail = (): never => {
    throw new Error('mine');
  };
  for (const name of ['addEventListener', 'removeEventListener']) Object.defineProperty(signal, name, { value: fail });
  const reads = [
    file.read(allocate(PAGE), { position: 0, signal }),
    file.read(Buffer.alloc(10), { position: 5, signal }),
    file.read(allocate(PAGE), { position: PAGE }),
  ];
  t.deepEqual(
    (await Promise.all(reads)).map(({ bytesRead }) => bytesRead),
    [PAGE, 10, PAGE],
  );
});

// By itself: the others' objects inherit it too. (Of a getter or a setter, what translates these files would die.)
for (const name of ['error', 'errno', 'value'] as const) {
  test.serial(`that all objects inherit a property named ${name} does not matter`, async (t) => {
    const file = await subject(t, Buffer.alloc(4 * PAGE, 'q'));
    Object.defineProperty(Object.prototype, name, { configurable: true, writable: true, value: 5 });
    try {
      t.is((await file.read(allocate(PAGE), { position: 0 })).bytesRead, PAGE);
      t.is((await file.read(Buffer.alloc(10), { position: 5 })).bytesRead, 10);
      t.is((await file.write('hello', 3 * PAGE - 2)).bytesWritten, 5);
      await file.truncate(PAGE);
      await file.datasync();
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
  });
}

test.serial('what is called while completions settle comes to its end in a manual queue too', async (t) => {
  const queue = await SubmissionQueue.create({ batch: 'manual' });
  const file = await open(await scratchFile(t, rootTarget(), Buffer.alloc(4 * PAGE, 'q')), { flags: 'r+', queue });
  const first = file.read(allocate(PAGE), { position: 0 });
  let drained: Promise<void> | undefined;
  let second: Promise<unknown> | undefined;
  Object.defineProperty(Object.prototype, 'then', {
    configurable: true,
    get() {
      if (drained === undefined && 'bytesRead' in this) {
        Reflect.deleteProperty(Object.prototype, 'then');
        second = file.read(allocate(PAGE), { position: PAGE });
        drained = queue.drain();
      }
      return undefined;
    },
  });
  queue.flush();
  await first;
  Reflect.deleteProperty(Object.prototype, 'then');
  t.not(drained, undefined);
  await Promise.all([drained, second]);
  await file.close();
  await queue.close();
});

test('timers that were replaced after the library was loaded do not matter to it', async (t) => {
  const file = await subject(t, Buffer.alloc(4 * PAGE, 'q'));
  const { queueMicrotask, setImmediate } = globalThis;
  const never = (): never => undefined as never;
  Object.assign(globalThis, { queueMicrotask: never, setImmediate: never });
  try {
    t.is((await file.read(allocate(PAGE), { position: 0 })).bytesRead, PAGE);
    t.is((await file.read(Buffer.alloc(10), { position: 5 })).bytesRead, 10);
    await t.throwsAsync(file.read(allocate(PAGE), { position: 0, exact: true, length: 10 }));
    await file.queue.drain();
  } finally {
    Object.assign(globalThis, { queueMicrotask, setImmediate });
  }
});

test('options whose getters close the file or the queue find them closed', async (t) => {
  const file = await subject(t, Buffer.alloc(PAGE));
  const closing = {
    get position() {
      void file.queue.close();
      return 0;
    },
  };
  await t.throwsAsync(file.read(allocate(PAGE), closing), { code: 'ERR_AIO_CLOSED' });
  await t.throwsAsync(file.write(allocate(PAGE), closing), { code: 'ERR_AIO_CLOSED' });
  await file.queue.close();
});

test('options of a submission whose getters close the file, or submit, find it so', async (t) => {
  const file = await subject(t, Buffer.alloc(PAGE));
  const batch = file.prepareReads(allocate(PAGE));
  let inner: Promise<number> | undefined;
  const submitting = {
    get signal() {
      inner ??= batch.submit();
      return undefined;
    },
  };
  await t.throwsAsync(batch.submit(submitting), { code: 'ERR_AIO_BATCH_BUSY' });
  t.is(await inner, PAGE);
  const moving = {
    get signal() {
      batch.positions[0] = -1;
      return undefined;
    },
  };
  await t.throwsAsync(batch.submit(moving), { code: 'ERR_OUT_OF_RANGE' });
  batch.positions[0] = 0;
  const closing = {
    get signal() {
      void file.close();
      return undefined;
    },
  };
  await t.throwsAsync(batch.submit(closing), { code: 'ERR_AIO_CLOSED' });
  t.is(file.queue.stats().operations, 1);
});

test('arrays of a prepared batch that were transferred away are refused, or made anew', async (t) => {
  const file = await subject(t, Buffer.alloc(4 * PAGE, 'q'));
  const batch = file.prepareReads(allocate(2 * PAGE), 2);
  const reading = batch.submit();
  transferAway(batch.results.buffer);
  t.is(await reading, 2 * PAGE);
  t.is(await batch.submit(), 2 * PAGE);
  t.deepEqual([...batch.results], [PAGE, PAGE]);
  // Such as fail, too.
  const failing = file.prepareReads(allocate(2 * PAGE), 2);
  const fails = new AbortController();
  const aborted = t.throwsAsync(failing.submit({ signal: fails.signal }), { code: 'ABORT_ERR' });
  transferAway(failing.results.buffer);
  fails.abort();
  await aborted;
  await file.queue.drain();
  t.is(await failing.submit(), 2 * PAGE);
  transferAway(batch.positions.buffer);
  await t.throwsAsync(batch.submit(), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('many who open files after the default queue was closed share the new one', async (t) => {
  const path = await scratchFile(t, rootTarget(), Buffer.alloc(PAGE));
  await (await SubmissionQueue.default()).close();
  const files = await Promise.all(Array.from({ length: 50 }, () => open(path)));
  t.is(new Set(files.map(({ queue }) => queue)).size, 1);
  await Promise.all(files.map((file) => file.close()));
});

test('closed queues keep no descriptor', async (t) => {
  const fds = (): number => readdirSync('/proc/self/fd').length;
  const before = fds();
  for (let count = 0; count < 40; count++) await (await SubmissionQueue.create({ depth: 1 })).close();
  // Other tests of this process come and go.
  for (let look = 0; look < 1000 && fds() >= before + 20; look++) await delay(100);
  t.true(fds() < before + 20, `${before} before, ${fds()} after`);
});

test('a whole file is read to its end through a queue of few places', async (t) => {
  const content = Buffer.alloc(3 * MEBIBYTE + 5, Buffer.from('0123456789a'));
  const queue = await SubmissionQueue.create({ capacity: 2 });
  const file = await open(await scratchFile(t, rootTarget(), content), { flags: 'r+', queue });
  t.true((await file.readFile()).equals(content));
  t.is((await file.write(Buffer.alloc(2 * MEBIBYTE, 'w'), { position: 5 })).bytesWritten, 2 * MEBIBYTE);
  t.true((await file.readBatch(Buffer.alloc(900), [1, 2, 3])).results.every((bytes) => bytes === 300));
  await file.close();
  await queue.close();
});

eachDirectory('space reserved beyond the end outlives unaligned appends [native]', async (t, target) => {
  const file = await subject(t, Buffer.alloc(0), target);
  await file.preallocate({ length: 8 * MEBIBYTE, keepSize: true });
  for (let count = 0; count < 5; count++) await file.appendFile('12345');
  const { size, blocks } = await file.stat();
  t.is(size, 25);
  t.true(blocks * 512 >= 8 * MEBIBYTE, `${blocks * 512} bytes`);
  await file.truncate(25);
  t.true((await file.stat()).blocks * 512 < MEBIBYTE, 'cutting the file gives it back');
});

eachDirectory('after an aborted write without a position the next one comes after it', async (t, target) => {
  const file = await subject(t, Buffer.alloc(PAGE), target);
  for (let round = 0; round < 10; round++) {
    await using fresh = await open(file.path, { flags: 'r+', queue: file.queue });
    const controller = new AbortController();
    const aligned = round % 2 === 0;
    const memory = aligned ? allocate(16 * MEBIBYTE) : Buffer.alloc(16 * MEBIBYTE);
    const writing = fresh.write(memory.fill('a'), { signal: controller.signal });
    for (let turns = 0; turns < round % 4; turns++) await turn();
    controller.abort();
    await Promise.allSettled([writing]);
    await fresh.write(allocate(PAGE).fill('b'));
    await fresh.queue.drain();
    t.true(readFileSync(file.path).includes('b'.repeat(PAGE)), `round ${round}`);
  }
});

eachDirectory('reads of a batch never tell more than the file has', async (t, target) => {
  const file = await subject(t, Buffer.alloc(0), target);
  let size = 0;
  let done = false;
  const writing = (async () => {
    for (let count = 0; count < 60; count++) {
      await file.write(Buffer.alloc(50, 'w'), { position: size });
      size += 50;
    }
    done = true;
  })();
  const buffer = allocate(2 * PAGE);
  do {
    const { bytesRead } = await file.readBatch(buffer, [0, PAGE]);
    t.true(bytesRead <= size + 50, `${bytesRead} of ${size}`);
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the writer ends it
  } while (!done);
  await writing;
});

test('a source that stalls does not keep an aborted writeFile, nor the end of the file', async (t) => {
  const file = await subject(t, Buffer.alloc(0));
  let returned = false;
  const source: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: () => {
        returned = true;
        return new Promise(() => undefined);
      },
    }),
  };
  const controller = new AbortController();
  const writing = file.writeFile(source, { signal: controller.signal });
  await turn();
  controller.abort();
  await t.throwsAsync(writing, { code: 'ABORT_ERR' });
  t.true(returned);
  await file.write('on');
  await file.close();
  await file.queue.close();
  t.is(readFileSync(file.path, 'utf8'), 'on');
});

test('a source may use the file that it is written to', async (t) => {
  const file = await subject(t, Buffer.from('0123456789'));
  async function* source(): AsyncGenerator<string> {
    yield 'a';
    yield (await file.read(Buffer.alloc(2))).buffer.toString();
    await file.appendFile('end');
    await file.write('z', { position: 9 });
  }
  await file.writeFile(source());
  t.is(readFileSync(file.path, 'utf8').slice(0, 6), 'a12125');
  t.true(readFileSync(file.path, 'utf8').includes('end'));
});

test('what is too large to be read as a whole is refused before it is read', async (t) => {
  const file = await subject(t, Buffer.alloc(0));
  await file.truncate(2 ** 31);
  await t.throwsAsync(file.readFile(), { code: 'ERR_FS_FILE_TOO_LARGE' });
});

test('a pool of which all is given back in any order serves a large buffer that waits', async (t) => {
  using pool = BufferPool.create({ limit: 8 * MEBIBYTE });
  const blocks = Array.from({ length: 2048 }, () => pool.acquire(PAGE));
  const waiting = pool.acquireAsync(MEBIBYTE);
  for (let at = 0; at < blocks.length; at++) pool.release(blocks[(at * 677) % blocks.length] as Buffer);
  t.is((await waiting).byteLength, MEBIBYTE);
  t.is(pool.stats().held, MEBIBYTE);
});

test('classes are for their makers to construct', (t) => {
  for (const { constructor } of [BufferPool.create(), SubmissionQueue.prototype]) {
    t.throws((): unknown => Reflect.construct(constructor, [Symbol('SubmissionQueue'), {}, () => undefined]), {
      code: 'ERR_ILLEGAL_CONSTRUCTOR',
    });
  }
});
