import test, { type ExecutionContext } from 'ava';

import {
  AioError,
  allocate,
  BufferPool,
  open,
  probe,
  SubmissionQueue,
  type DirectFile,
  type KernelError,
} from '../index.js';
import { abortError, invalidType, invalidValue, kernelError, outOfRange } from '../src/errors.js';
import { eachDevice, eachDirectory, rootTarget, scratchFile } from './support/targets.js';

const MEBIBYTE = 1 << 20;

async function subject(t: ExecutionContext): Promise<DirectFile> {
  const root = rootTarget();
  const file = await open(await scratchFile(t, root, Buffer.alloc(65_536)), 'r+');
  t.teardown(() => file.close());
  return file;
}

/** Calls that fail after some turns of the loop; `end` is the device's. */
const FAILURES: Record<string, (file: DirectFile, end: number) => Promise<unknown>> = {
  'an aligned write': (file, end) => file.write(allocate(4096), { position: end }),
  'a copied write': (file, end) => file.write(Buffer.alloc(4096), { position: end }),
  'an unaligned write': (file, end) => file.write('x', end + 5),
  'a vectored write': (file, end) => file.writev([allocate(4096), allocate(4096)], end),
  'a copied vectored write': (file, end) => file.writev([Buffer.alloc(5), Buffer.alloc(7)], end),
  'a batch': (file, end) => file.writeBatch(allocate(8192), [0, end]),
  'a batch of copies': (file, end) => file.writeBatch(Buffer.alloc(8192), [0, end]),
  'an append': (file) => file.write('x', { append: true }),
  appendFile: (file) => file.appendFile('x'),
  'a truncate': (file) => file.truncate(5),
};

for (const [name, call] of Object.entries(FAILURES)) {
  eachDevice(`the failure of ${name} has Node's shape, and all callers in its stack`, async (t, target) => {
    const file = await open(await scratchFile(t, target), 'r+');
    t.teardown(() => file.close());
    async function theCaller(): Promise<void> {
      await call(file, 128 * MEBIBYTE);
    }
    async function itsCaller(): Promise<void> {
      await theCaller();
    }
    const error = await t.throwsAsync<KernelError>(itsCaller);
    t.true(error instanceof Error);
    t.is(error.name, 'Error');
    t.regex(error.code, /^E[A-Z]+$/);
    t.true(Number.isInteger(error.errno) && error.errno < 0);
    t.is(error.path, file.path);
    t.true(error.message.startsWith(`${error.code}: `) && error.message.includes(`${error.syscall} '${file.path}'`));
    t.regex(String(error.stack), /at async theCaller[\s\S]*at async itsCaller/);
  });
}

eachDirectory('what is larger than the filesystem takes is EFBIG [native]', async (t, target) => {
  const file = await open(await scratchFile(t, target, Buffer.from('small')), 'r+');
  t.teardown(() => file.close());
  const far = target.name === 'ext4' ? 2 ** 50 : undefined;
  if (far === undefined) {
    // Others take all that a number can name.
    t.is((await file.read(Buffer.alloc(5), { position: Number.MAX_SAFE_INTEGER })).bytesRead, 0);
    return;
  }
  for (const call of [
    () => file.write(allocate(4096), { position: far }),
    () => file.write(Buffer.alloc(4096), { position: far }),
    () => file.write('x', far + 1),
    () => file.truncate(far),
    () => file.preallocate({ offset: far, length: 4096 }),
  ]) {
    const error = await t.throwsAsync<KernelError>(call, { code: 'EFBIG' });
    t.is(error.errno, -27);
  }
  t.is((await file.stat()).size, 5);
  t.is((await file.readFile()).toString(), 'small');
});

test("errors of aborts and of the library's states have all callers in their stack [O_DIRECT]", async (t) => {
  const file = await subject(t);
  const controller = new AbortController();
  const { signal } = controller;
  const closed = await open(file.path);
  await closed.close();
  const calls = [
    () => file.read(allocate(4096), { position: 0, signal }),
    () => file.read(Buffer.alloc(10), { exact: true, position: 0 }),
    () => closed.read(allocate(4096), { position: 0 }),
    () => open('/proc/self/status'),
    () => open('/nothing/here'),
    () => probe('/nothing/here'),
    () => file.read(Buffer.alloc(5), 7),
    async () => {
      const buffer = new Uint8Array(700);
      const reading = file.read(buffer, { position: 1 });
      structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
      await reading;
    },
  ];
  const errors = calls.map(async (call) => {
    async function theCaller(): Promise<void> {
      await call();
    }
    return t.throwsAsync(theCaller);
  });
  controller.abort();
  for (const error of await Promise.all(errors)) t.regex(String(error.stack), /theCaller/);
});

test("states of the library are AioErrors with a code; misuse has Node's classes", (t) => {
  const error = t.throws<AioError>(
    () => {
      BufferPool.create({ limit: 4096 }).release(Buffer.alloc(1));
    },
    { instanceOf: AioError },
  );
  t.is(error.name, 'AioError');
  t.is(error.code, 'ERR_AIO_POOL_FOREIGN');
  for (const [built, type, code] of [
    [invalidType('name', 'a number', 'x'), TypeError, 'ERR_INVALID_ARG_TYPE'],
    [invalidValue('name', 'is odd', 'x'), TypeError, 'ERR_INVALID_ARG_VALUE'],
    [outOfRange('name', '> 5', 3), RangeError, 'ERR_OUT_OF_RANGE'],
  ] as const) {
    t.true(built instanceof type);
    t.is((built as NodeJS.ErrnoException).code, code);
    t.true(built.message.includes('name'));
  }
});

test('what cannot be shown does not break the error that was to show it', (t) => {
  const hostile = {
    get [Symbol.toStringTag](): string {
      throw new Error('hostile');
    },
    [Symbol.for('nodejs.util.inspect.custom')]: () => {
      throw new Error('hostile');
    },
  };
  t.true(invalidType('name', 'a number', hostile) instanceof TypeError);
  t.true(invalidType('name', 'a number', 'x'.repeat(10_000)).message.length < 300);
});

test('an errno that libuv does not know has its name all the same', (t) => {
  const { code, message } = kernelError(-122, 'write', { path: '/data' });
  t.is(code, 'EDQUOT');
  t.is(message, "EDQUOT: disk quota exceeded, write '/data'");
});

test('an errno that Node does not know keeps its number', (t) => {
  const error = kernelError(-524, 'io_submit', {});
  t.is(error.code, 'E524');
  t.is(error.errno, -524);
  t.false('path' in error);
  t.false('position' in error);
});

test("an abort is an AbortError with the signal's reason as its cause", (t) => {
  const reason = { any: 'thing' };
  const error = abortError(AbortSignal.abort(reason));
  t.is(error.name, 'AbortError');
  t.is(error.cause, reason);
});

test('a rejection that nobody awaits is reported as unhandled, once, and none that is awaited', async (t) => {
  const file = await subject(t);
  const seen: unknown[] = [];
  const listener = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', listener);
  t.teardown(() => process.off('unhandledRejection', listener));
  const controller = new AbortController();
  const { signal } = controller;
  const operations = [
    file.read(allocate(4096), { position: 0, signal }),
    file.write(Buffer.alloc(9), { position: 3, signal }),
    file.readBatch(Buffer.alloc(9), [1, 2, 3], { signal }),
    file.writeFile('x', { signal }),
  ];
  controller.abort();
  await Promise.allSettled(operations);
  await file.queue.drain();
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(seen, []);
});

test('stats of a queue that was closed are there', async (t) => {
  const queue = await SubmissionQueue.create();
  await queue.close();
  t.is(queue.stats().inFlight, 0);
});
