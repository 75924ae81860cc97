import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { CompressionStream, ReadableStream } from 'node:stream/web';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';

import { BufferPool, open, type WebChunk } from '../../index.js';
import { eachSmallDisk } from '../support/small-disk.js';
import { eachDirectory, rootTarget, scratchFile } from '../support/targets.js';
import { join } from 'node:path';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 30);
const SMALL = { size: 8192, behind: 4 };
const CONTENT = Buffer.from(Uint8Array.from({ length: 500_003 }, (_, at) => (at * 31) % 251));

eachDirectory('what is written is in the file, whatever it is and wherever it begins', async (t, target) => {
  const path = await scratchFile(t, target);
  const chunk = fc.oneof(
    fc.integer({ min: 0, max: 40_000 }).map((size): WebChunk => CONTENT.subarray(size, 2 * size)),
    fc.integer({ min: 0, max: 3000 }).map((size): WebChunk => 'ü'.repeat(size)),
    fc.integer({ min: 0, max: 9000 }).map((size): WebChunk => new Uint8Array(size).fill(7).buffer),
    fc.integer({ min: 0, max: 900 }).map((size): WebChunk => new DataView(new ArrayBuffer(size + 3), 2, size)),
    fc.integer({ min: 0, max: 900 }).map((size): WebChunk => new Float64Array(size).fill(0.1)),
  );
  const bytesOf = (data: WebChunk): Buffer => {
    if (typeof data === 'string') return Buffer.from(data);
    return data instanceof ArrayBuffer
      ? Buffer.from(data)
      : Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  };
  const places = fc.oneof(fc.constant(undefined), fc.nat(20_000));
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), places, fc.boolean(), async (chunks, start, awaits) => {
      await using file = await open(path, 'w+');
      const writer = file.writableWebStream({ start, ...SMALL }).getWriter();
      for (const each of chunks) {
        const written = writer.write(each);
        if (awaits) await written;
      }
      await writer.close();
      const bytes = Buffer.concat(chunks.map(bytesOf));
      const expected = bytes.byteLength === 0 ? bytes : Buffer.concat([Buffer.alloc(start ?? 0), bytes]);
      t.true(readFileSync(path).equals(expected));
      t.true(file.fd >= 0);
    }),
    { numRuns: RUNS },
  );
});

eachDirectory('web streams are piped into it', async (t, target) => {
  const file = await open(await scratchFile(t, target), 'r+');
  const source = Readable.toWeb(Readable.from([CONTENT])) as ReadableStream<Uint8Array>;
  const compressed = source.pipeThrough(new CompressionStream('gzip'));
  await compressed.pipeTo(file.writableWebStream({ autoClose: true, flush: true, ...SMALL }));
  t.is(file.fd, -1);
  t.true(gunzipSync(readFileSync(file.path)).equals(CONTENT));
});

eachDirectory('the writer is asked to wait where as much waits as was allowed', async (t, target) => {
  await using file = await open(await scratchFile(t, target), 'r+');
  const writer = file.writableWebStream({ highWaterMark: 10_000, ...SMALL }).getWriter();
  t.is(writer.desiredSize, 10_000);
  const writes = [CONTENT, CONTENT].map((chunk) => writer.write(chunk));
  t.true((writer.desiredSize as number) < 0);
  await writer.ready;
  t.true((writer.desiredSize as number) > 0);
  await Promise.all(writes);
  await writer.close();
  t.true(readFileSync(file.path).equals(Buffer.concat([CONTENT, CONTENT])));
});

eachDirectory(
  'aborted at any moment, its file begins with what was written, and all memory is back',
  async (t, target) => {
    using pool = BufferPool.create({ limit: 1 << 20 });
    for (let moment = 0; moment < 12; moment++) {
      await using file = await open(await scratchFile(t, target), 'r+');
      const controller = new AbortController();
      const { signal } = controller;
      const writer = file.writableWebStream({ pool, signal, ...SMALL }).getWriter();
      const closed = writer.closed.catch((error: unknown) => error as Error);
      const writes = Array.from({ length: 4 }, () => writer.write(CONTENT).catch(() => undefined));
      for (let turn = 0; turn < moment; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (moment % 2 === 0) await writer.abort(new Error('on purpose'));
      else controller.abort();
      t.is(((await closed) as Error).message, moment % 2 === 0 ? 'on purpose' : 'The operation was aborted');
      await Promise.all(writes);
      await file.close();
      const content = readFileSync(file.path);
      t.true(Buffer.concat([CONTENT, CONTENT, CONTENT, CONTENT]).subarray(0, content.byteLength).equals(content));
      t.is(pool.stats().held, 0);
      t.is(getEventListeners(signal, 'abort').length, 0);
    }
  },
);

test('a chunk that is none errors the stream', async (t) => {
  await using file = await open(await scratchFile(t, rootTarget()), 'r+');
  const writer = file.writableWebStream().getWriter();
  await writer.write('before');
  await t.throwsAsync(writer.write(5 as unknown as string), { code: 'ERR_INVALID_ARG_TYPE' });
  await t.throwsAsync(writer.closed, { code: 'ERR_INVALID_ARG_TYPE' });
  t.is(readFileSync(file.path, 'utf8'), 'before');
  await file.write('after', 6);
});

test('options of no use throw', async (t) => {
  await using file = await open(await scratchFile(t, rootTarget()), 'r+');
  for (const [options, code] of [
    [5, 'ERR_INVALID_ARG_TYPE'],
    [{ start: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ highWaterMark: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ signal: 5 }, 'ERR_INVALID_ARG_TYPE'],
    [{ autoClose: 'yes' }, 'ERR_INVALID_ARG_TYPE'],
    [{ behind: 0 }, 'ERR_OUT_OF_RANGE'],
  ] as const) {
    t.throws(() => file.writableWebStream(options as object), { code });
  }
});

test('an abort does not wait for memory that others have', async (t) => {
  await using file = await open(await scratchFile(t, rootTarget()), 'r+');
  using pool = BufferPool.create({ limit: 1 << 20 });
  const mine = pool.acquire(1 << 20);
  const writer = file.writableWebStream({ pool }).getWriter();
  const written = t.throwsAsync(writer.write(Buffer.alloc(100_000)), { code: 'ERR_AIO_CLOSED' });
  const closed = t.throwsAsync(writer.closed, { message: 'enough' });
  for (let index = 0; index < 5; index++) await turn();
  await writer.abort(new Error('enough'));
  await Promise.all([written, closed]);
  pool.release(mine);
});

test('a signal that is aborted already errors the stream, and closing the file does', async (t) => {
  const file = await open(await scratchFile(t, rootTarget()), 'r+');
  const aborted = file.writableWebStream({ signal: AbortSignal.abort() }).getWriter();
  await t.throwsAsync(aborted.closed, { code: 'ABORT_ERR' });
  const writer = file.writableWebStream().getWriter();
  await writer.write('copied');
  const closed = t.throwsAsync(writer.closed, { code: 'ERR_AIO_CLOSED' });
  await file.close();
  await closed;
  t.is(readFileSync(file.path, 'utf8'), 'copied');
});

eachSmallDisk('a disk that fills up errors the stream', async (t, directory) => {
  await using file = await open(join(directory, 'web'), 'w+');
  const writer = file.writableWebStream({ size: 65_536 }).getWriter();
  const closed = t.throwsAsync(writer.closed, { code: 'ENOSPC' });
  const fill = async (): Promise<void> => {
    for (;;) await writer.write(Buffer.alloc(100_000, 1));
  };
  await t.throwsAsync(fill(), { code: 'ENOSPC' });
  await closed;
  t.true(readFileSync(file.path).every((byte) => byte === 1));
});
