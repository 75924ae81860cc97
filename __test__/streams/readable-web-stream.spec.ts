import { deepStrictEqual, ok } from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer as bytesOf } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import {
  CompressionStream,
  DecompressionStream,
  WritableStream,
  type ReadableStream,
  type ReadableStreamDefaultReader,
} from 'node:stream/web';
import { getEventListeners } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';

import { open } from '../../index.js';
import { DirectFile } from '../../src/direct-file.js';
import { fileWith, patterned, poolOf } from '../support/stream-subject.js';
import { eachDirectory, scratchFile, type DirectoryTarget } from '../support/targets.js';

/** Programs a target. */
const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 60);
const CONTENT = patterned(300_001);
const SIZE = 16 * 1024;

async function subject(t: ExecutionContext, target?: DirectoryTarget): Promise<DirectFile> {
  return fileWith(t, CONTENT, target);
}

/** One read of a program: into so many bytes of one's own, of this kind, at an offset; or whatever comes. */
interface Read {
  length: number;
  kind: 'bytes' | 'view' | 'any';
  offset: number;
}

const reads = fc.array(
  fc.record({
    length: fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom(1, 512, 4096, 65_536)),
    kind: fc.constantFrom('bytes', 'bytes', 'view', 'any'),
    offset: fc.integer({ min: 0, max: 16 }),
  }),
  { minLength: 1, maxLength: 12 },
);

/** One read by a reader of its own; undefined at the end. */
async function readOnce(
  stream: ReadableStream<Uint8Array>,
  { length, kind, offset }: Read,
): Promise<Buffer | undefined> {
  if (kind === 'any') {
    const reader = stream.getReader();
    const { done, value } = await reader.read();
    reader.releaseLock();
    return done ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  const reader = stream.getReader({ mode: 'byob' });
  const memory = new ArrayBuffer(offset + length);
  const own = kind === 'bytes' ? new Uint8Array(memory, offset, length) : new DataView(memory, offset, length);
  const { done, value } = (await reader.read(own as Uint8Array)) as { done: boolean; value: Uint8Array };
  reader.releaseLock();
  // The memory was the reader's all the time, and is his again.
  deepStrictEqual([memory.byteLength, value.byteOffset, value.buffer.byteLength], [0, offset, offset + length]);
  deepStrictEqual(value instanceof DataView, kind === 'view');
  if (done) deepStrictEqual(value.byteLength, 0);
  return done ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

const place = fc.oneof(fc.integer({ min: 0, max: 310_000 }), fc.constantFrom(0, 512, 4096, 300_000, 300_001));
const asked = fc.record(
  { start: place, end: place, size: fc.integer({ min: 2000, max: 200_000 }), ahead: fc.integer({ min: 0, max: 8 }) },
  { requiredKeys: [] },
);

eachDirectory('a byte stream fills any memory of any reader with the bytes in order', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  const property = fc.asyncProperty(asked, reads, async (options, program) => {
    fc.pre((options.start ?? 0) <= (options.end ?? Infinity));
    await using file = await open(path);
    const stream = file.readableWebStream({ type: 'bytes', ...options });
    const parts: Buffer[] = [];
    for (let index = 0; ; index++) {
      const part = await readOnce(stream, program[index % program.length] as Read);
      if (part === undefined) break;
      ok(part.byteLength > 0);
      parts.push(part);
      // Small reads to the end would take their time.
      if (index === 60) program.push({ length: 100_000, kind: 'bytes', offset: 0 });
      if (index >= 60) program = program.slice(-1);
    }
    ok(Buffer.concat(parts).equals(CONTENT.subarray(options.start ?? 0, (options.end ?? Infinity) + 1)));
    // The end is the end for every kind of reader.
    for (const kind of ['any', 'bytes', 'view'] as const) {
      deepStrictEqual(await readOnce(stream, { length: 8, kind, offset: 0 }), undefined);
    }
  });
  await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true });
  t.pass();
});

test('reads that were asked for at once are filled in turn, and those behind the end are told it', async (t) => {
  const file = await subject(t);
  const reader = file.readableWebStream({ type: 'bytes', size: SIZE }).getReader({ mode: 'byob' });
  const results = await Promise.all(Array.from({ length: 40 }, () => reader.read(new Uint8Array(SIZE))));
  const parts = results.map(({ value }) => Buffer.from(value as Uint8Array));
  t.true(Buffer.concat(parts).equals(CONTENT));
  t.true(results.at(-1)?.done);
});

test('views of larger elements are filled by whole elements', async (t) => {
  const file = await subject(t);
  const reader = file.readableWebStream({ start: 1, end: 40_000, size: 4096 }).getReader({ mode: 'byob' });
  const parts: Buffer[] = [];
  for (;;) {
    const { done, value } = (await reader.read(new Float64Array(700) as never)) as unknown as {
      done: boolean;
      value: Float64Array;
    };
    if (done) break;
    t.true(value instanceof Float64Array);
    parts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }
  t.true(Buffer.concat(parts).equals(CONTENT.subarray(1, 40_001)));
});

test('the stream works where web streams do', async (t) => {
  const file = await subject(t);
  t.true(Buffer.from(await new Response(file.readableWebStream({ start: 0 }) as never).arrayBuffer()).equals(CONTENT));
  const packed = file.readableWebStream({ start: 0 }).pipeThrough(new CompressionStream('gzip'));
  t.true((await bytesOf(packed.pipeThrough(new DecompressionStream('gzip')) as never)).equals(CONTENT));
  t.true((await bytesOf(Readable.fromWeb(file.readableWebStream({ start: 0 })))).equals(CONTENT));
  const parts: Uint8Array[] = [];
  const sink = new WritableStream<Uint8Array>({ write: (chunk) => void parts.push(chunk) });
  await file.readableWebStream({ start: 0 }).pipeTo(sink);
  t.true(Buffer.concat(parts).equals(CONTENT));
  const [one, other] = file.readableWebStream({ start: 0 }).tee();
  const both = await Promise.all([bytesOf(one as never), bytesOf(other as never)]);
  t.true(both.every((content) => content.equals(CONTENT)));
});

test('chunks are the reader’s own', async (t) => {
  const file = await subject(t);
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.readableWebStream({ size: SIZE })) {
    chunks.push(chunk);
    t.is(chunk.byteLength, chunk.buffer.byteLength);
  }
  t.true(Buffer.concat(chunks).equals(CONTENT));
});

test('without a start it goes on where the file is, and the file goes on behind it', async (t) => {
  const file = await subject(t);
  await file.read(Buffer.alloc(1000));
  const reader = file.readableWebStream().getReader({ mode: 'byob' });
  const { value } = await reader.read(new Uint8Array(500));
  t.deepEqual(Buffer.from(value as Uint8Array), CONTENT.subarray(1000, 1500));
  await reader.cancel();
  t.deepEqual((await file.read(Buffer.alloc(10))).buffer, CONTENT.subarray(1500, 1510));
  await file.readableWebStream({ start: 0, end: 5 }).cancel();
  t.deepEqual((await file.read(Buffer.alloc(10))).buffer, CONTENT.subarray(1510, 1520));
});

const ENDS: Record<string, (stream: ReadableStream<Uint8Array>, controller: AbortController) => Promise<unknown>> = {
  'is cancelled': async (stream) => stream.cancel(new Error('mine')),
  'is left by its loop': async (stream) => {
    for await (const chunk of stream) if (chunk.byteLength > 0) break;
  },
  'has a read cancelled': async (stream) => {
    const reader = stream.getReader({ mode: 'byob' });
    await Promise.all([reader.read(new Uint8Array(10)), reader.cancel()]);
  },
  'is aborted': async (stream, controller) => {
    controller.abort();
    const reader = stream.getReader();
    return reader.read().catch((error: unknown) => (error as Error).name);
  },
  'is aborted while it reads': async (stream, controller) => {
    const reader = stream.getReader();
    await reader.read();
    const reading = reader.read().catch((error: unknown) => (error as Error).name);
    controller.abort();
    return reading;
  },
  'comes to its end': async (stream) => bytesOf(stream as never),
};

for (const [name, end] of Object.entries(ENDS)) {
  for (const autoClose of [false, true]) {
    test(`all blocks come back where the stream ${name}${autoClose ? ', and the file is closed' : ''}`, async (t) => {
      const file = await subject(t);
      const pool = poolOf(t, 8, SIZE);
      const controller = new AbortController();
      const { signal } = controller;
      const stream = file.readableWebStream({ pool, size: SIZE, ahead: 4, signal, autoClose });
      await end(stream, controller);
      await file.queue.drain();
      for (let index = 0; index < 20; index++) await turn();
      t.is(pool.stats().blocks, 0);
      t.is(file.fd === -1, autoClose);
      t.is(getEventListeners(signal, 'abort').length, 0);
    });
  }
}

test('what goes wrong errors the stream, behind what was read', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 8, SIZE);
  const reader = file.readableWebStream({ pool, size: SIZE }).getReader({ mode: 'byob' });
  t.false((await reader.read(new Uint8Array(10))).done);
  await file.close();
  await t.throwsAsync(
    async () => {
      while (!(await reader.read(new Uint8Array(SIZE))).done);
    },
    { code: 'ERR_AIO_CLOSED' },
  );
  t.is(pool.stats().blocks, 0);
  t.throws(() => file.readableWebStream(), { code: 'ERR_AIO_CLOSED' });
});

test('an abort errors the stream with its reason', async (t) => {
  const file = await subject(t);
  const controller = new AbortController();
  const stream = file.readableWebStream({ signal: controller.signal });
  controller.abort(new Error('why'));
  const error = await t.throwsAsync(stream.getReader().read(), { code: 'ABORT_ERR' });
  t.is((error.cause as Error).message, 'why');
  t.throws(() => file.readableWebStream({ signal: controller.signal }), { name: 'AbortError' });
});

test('what is cancelled before its first bytes are looked for holds no memory', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 8, SIZE);
  const taking = async (end: (reader: ReadableStreamDefaultReader, controller: AbortController) => Promise<void>) => {
    const controller = new AbortController();
    const stream = file.readableWebStream({ pool, size: SIZE, signal: controller.signal });
    const reader = stream.getReader();
    await turn();
    const read = reader.read().catch(() => undefined);
    await end(reader, controller);
    await read;
  };
  for (let index = 0; index < 3; index++) {
    await taking(async (reader) => reader.cancel());
    await taking(async (_, controller) => {
      controller.abort();
      return Promise.resolve();
    });
  }
  for (let index = 0; index < 50; index++) await turn();
  t.is(pool.stats().blocks, 0);
});

test('a file that cannot be closed at the end is told', async (t) => {
  const file = await subject(t);
  const inside = DirectFile.inside(file);
  const close = inside.close.bind(inside);
  inside.close = async () => {
    inside.close = close;
    return Promise.reject(new Error('not closed'));
  };
  const reader = file.readableWebStream({ autoClose: true }).getReader();
  const all = async (): Promise<void> => {
    while (!(await reader.read()).done);
  };
  await t.throwsAsync(all, { message: 'not closed' });
});

test('other types, and wrong options, are refused at once', async (t) => {
  const file = await subject(t);
  t.throws(() => file.readableWebStream({ type: 'text' as never }), { code: 'ERR_INVALID_ARG_VALUE' });
  t.throws(() => file.readableWebStream({ autoClose: 1 as never }), { code: 'ERR_INVALID_ARG_TYPE' });
  t.throws(() => file.readableWebStream({ start: 2, end: 1 }), { code: 'ERR_OUT_OF_RANGE' });
  t.throws(() => file.readableWebStream('bytes' as never), { code: 'ERR_INVALID_ARG_TYPE' });
});
