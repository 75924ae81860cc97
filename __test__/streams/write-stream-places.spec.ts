/** Where the bytes of streams go: at a start, at the end of the file, or where the last call ended. */
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import test from 'ava';
import fc from 'fast-check';

import { allocate, BufferPool, createWriteStream, open, SubmissionQueue } from '../../index.js';
import { closedOf } from '../support/write-script.js';
import { eachDevice, eachDirectory, rootTarget, scratchFile } from '../support/targets.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 30);
const SMALL = { size: 8192, behind: 4 };

function numbered(length: number, first: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => (first + at * 13) % 251));
}

/** Parts of bytes, each a moment after the other. */
async function* parts(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    await new Promise((resolve) => setImmediate(resolve));
    yield bytes.subarray(at, at + size);
  }
}

eachDirectory('streams on one file with a start each do not disturb each other', async (t, target) => {
  const path = await scratchFile(t, target);
  const pieces = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 2, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 100, max: 30_000 }), fc.nat(10_000), async (lengths, size, first) => {
      await using file = await open(path, 'w+');
      let start = first;
      const written = lengths.map((length, index) => {
        const bytes = numbered(length, index * 40);
        const stream = file.createWriteStream({ start, autoClose: false, ...SMALL });
        start += length;
        return { bytes, done: pipeline(Readable.from(parts(bytes, size)), stream), stream };
      });
      await Promise.all(written.map(({ done }) => done));
      for (const { bytes, stream } of written) t.is(stream.bytesWritten, bytes.byteLength);
      const content = readFileSync(path);
      t.true(content.equals(Buffer.concat([Buffer.alloc(first), ...written.map(({ bytes }) => bytes)])));
    }),
    { numRuns: RUNS },
  );
});

eachDirectory('a stream into the midst of a file leaves all around it as it was', async (t, target) => {
  const before = numbered(150_000, 3);
  const path = await scratchFile(t, target, before);
  const bytes = numbered(33_333, 99);
  await pipeline(Readable.from(parts(bytes, 5000)), createWriteStream(path, { flags: 'r+', start: 44_444, ...SMALL }));
  const expected = Buffer.from(before);
  bytes.copy(expected, 44_444);
  t.true(readFileSync(path).equals(expected));
});

eachDirectory('of streams that append to one file, no byte is lost, and each has its order', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.from('before'));
  const write = async (byte: number): Promise<void> => {
    const chunks = Array.from({ length: 40 }, (_, index) => Buffer.alloc(3000 + index, byte + (index % 2)));
    await pipeline(Readable.from(chunks), createWriteStream(path, { flags: 'a', ...SMALL }));
  };
  await Promise.all([1, 11, 21].map(write));
  const content = readFileSync(path);
  t.is(content.subarray(0, 6).toString(), 'before');
  for (const byte of [1, 11, 21]) {
    const own = content.subarray(6).filter((each) => each === byte || each === byte + 1);
    const expected = Array.from({ length: 40 }, (_, index) => Buffer.alloc(3000 + index, byte + (index % 2)));
    t.true(Buffer.from(own).equals(Buffer.concat(expected)), `${byte}`);
  }
});

eachDirectory('without a start, streams and calls come one after the other', async (t, target) => {
  await using file = await open(await scratchFile(t, target), 'r+');
  await file.write('a call, ');
  const first = file.createWriteStream({ autoClose: false });
  const second = file.createWriteStream({ autoClose: false });
  first.write('the first stream, ');
  second.write('the second, ');
  // Streams begin in the next tick, as all of Node's do.
  await new Promise((resolve) => setImmediate(resolve));
  const call = file.write('a call again, ');
  await call;
  first.end('the first once more');
  await finished(first);
  second.end();
  await finished(second);
  const text = readFileSync(file.path, 'utf8');
  t.is(text, 'a call, the first stream, the second, a call again, the first once more');
  await file.write('!');
  t.is(readFileSync(file.path, 'utf8'), `${text}!`);
});

eachDirectory('what was written is in the file soon, also without an end', async (t, target) => {
  const path = await scratchFile(t, target);
  const stream = createWriteStream(path);
  let length = 0;
  for (const text of ['a line\n', 'another\n', 'x'.repeat(5000), '\n']) {
    stream.write(text);
    length += text.length;
    while (stream.bytesWritten < length) await new Promise((resolve) => setTimeout(resolve, 5));
    t.is(statSync(path).size, length);
  }
  stream.end();
  await once(stream, 'close');
  t.is(readFileSync(path, 'utf8'), `a line\nanother\n${'x'.repeat(5000)}\n`);
});

eachDirectory('closing the file ends its streams first', async (t, target) => {
  const file = await open(await scratchFile(t, target), 'r+');
  const streams = [0, 1, 2].map((index) => file.createWriteStream({ start: index * 10_000, autoClose: index > 0 }));
  streams.forEach((stream, index) => stream.write(Buffer.alloc(10_000, index + 1)));
  const ended = streams.map((stream) => once(stream, 'close'));
  await file.close();
  await Promise.all(ended);
  const expected = Buffer.concat([1, 2, 3].map((byte) => Buffer.alloc(10_000, byte)));
  t.true(readFileSync(file.path).equals(expected));
  t.throws(() => file.createWriteStream(), { code: 'ERR_AIO_CLOSED' });
});

eachDirectory('a file is closed also where its stream has failed and was to leave it open', async (t, target) => {
  for (const ended of [true, false]) {
    const file = await open(await scratchFile(t, target));
    const stream = file.createWriteStream({ autoClose: false });
    const codes: unknown[] = [];
    stream.on('error', ({ code }: NodeJS.ErrnoException) => codes.push(code));
    stream.write('to a file that is open for reading');
    if (ended) stream.end();
    await new Promise((resolve) => setTimeout(resolve, ended ? 100 : 1));
    await file.close();
    await closedOf(stream);
    t.deepEqual(codes, ['EBADF']);
  }
});

eachDirectory('a file that its stream leaves open is the user’s again', async (t, target) => {
  await using file = await open(await scratchFile(t, target), 'r+');
  const stream = file.createWriteStream({ autoClose: false });
  await new Promise<void>((resolve) => stream.end('content', resolve));
  t.false(stream.destroyed);
  t.is(stream.fd, file.fd);
  await file.write(', more');
  t.is(readFileSync(file.path, 'utf8'), 'content, more');
  await file.close();
  t.is(stream.fd, null);
});

test('where a stream fails before its first byte the file stays where it was', async (t) => {
  await using file = await open(await scratchFile(t, rootTarget()), 'r+');
  await file.write('begins');
  const pool = BufferPool.create();
  const stream = file.createWriteStream({ pool, autoClose: false });
  pool.close();
  stream.write('never');
  await t.throwsAsync(finished(stream), { code: 'ERR_AIO_CLOSED' });
  await file.write(', ends');
  t.is(readFileSync(file.path, 'utf8'), 'begins, ends');
});

eachDirectory('blocks come from a pool that many streams share, and go back to it', async (t, target) => {
  using pool = BufferPool.create({ limit: 2 << 20 });
  const content = numbered(400_000, 5);
  const paths = await Promise.all(Array.from({ length: 6 }, () => scratchFile(t, target)));
  await Promise.all(
    paths.map((path) =>
      pipeline(Readable.from(parts(content, 70_000)), createWriteStream(path, { pool, size: 65_536, behind: 32 })),
    ),
  );
  for (const path of paths) t.true(readFileSync(path).equals(content));
  t.is(pool.stats().held, 0);
});

eachDirectory('streams wait for memory of a pool that others hold', async (t, target) => {
  using pool = BufferPool.create({ limit: 1 << 20 });
  const taken = Array.from({ length: 16 }, () => pool.acquire(65_536));
  const [path, other] = [await scratchFile(t, target), await scratchFile(t, target)];
  const waits = createWriteStream(path, { pool, size: 65_536 });
  const destroyed = createWriteStream(other, { pool, size: 65_536 });
  const ended = new Promise<void>((resolve) => waits.end(numbered(200_000, 1), resolve));
  destroyed.write('never');
  await new Promise((resolve) => setTimeout(resolve, 20));
  destroyed.destroy();
  await once(destroyed, 'close');
  for (const buffer of taken) pool.release(buffer);
  await ended;
  t.true(readFileSync(path).equals(numbered(200_000, 1)));
  t.is(statSync(other).size, 0);
  t.is(pool.stats().held, 0);
});

eachDirectory('a queue that is flushed by hand submits what its streams write', async (t, target) => {
  const queue = await SubmissionQueue.create({ batch: 'manual', depth: 4 });
  const content = numbered(300_000, 9);
  const stream = createWriteStream(await scratchFile(t, target), { flags: 'r+', queue, ...SMALL });
  await pipeline(Readable.from(parts(content, 50_000)), stream);
  t.true(readFileSync(stream.path).equals(content));
  await queue.close();
});

eachDevice('a block device is written, and its end is told', async (t, target) => {
  const path = await scratchFile(t, target);
  const content = numbered(3_000_000, 1);
  const file = await open(path, 'r+');
  const size = (await file.stat()).size || 128 << 20;
  await pipeline(Readable.from(parts(content, 300_000)), file.createWriteStream({ start: 4321, autoClose: false }));
  const back = allocate(3_004_416);
  await file.read(back, { position: 0 });
  t.true(back.subarray(4321, 3_004_321).equals(content));
  const stream = file.createWriteStream({ start: size - 10_000 });
  const error = await t.throwsAsync<NodeJS.ErrnoException>(pipeline(Readable.from([content]), stream));
  t.is(error.code, 'ENOSPC');
  t.is(stream.bytesWritten, 10_000);
});
