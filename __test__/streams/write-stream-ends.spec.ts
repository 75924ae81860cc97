/** Early ends and failures: what is then in the file, and that nothing is left over. */
import { randomUUID } from 'node:crypto';
import { getEventListeners, once } from 'node:events';
import { createWriteStream as createWithNode, readFileSync, statSync, type PathLike } from 'node:fs';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test, { type ExecutionContext } from 'ava';

import { BufferPool, createWriteStream, open, type KernelError, type WriteStream } from '../../index.js';
import { transferAway } from '../support/transfer.js';
import { closedOf } from '../support/write-script.js';
import { eachSmallDisk, onFailingDisk } from '../support/small-disk.js';
import { eachDirectory, rootTarget, scratchFile } from '../support/targets.js';

const SMALL = { size: 8192, behind: 6 };
const LARGE = 16 << 20;

function numbered(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(at / 4 + 1, at);
  return bytes;
}

/** Chunks without an end. */
function* endless(size: number): Generator<Buffer> {
  for (let word = 0; ; word += size / 4) {
    const chunk = Buffer.alloc(size);
    for (let at = 0; at < size; at += 4) chunk.writeUInt32LE(word + at / 4 + 1, at);
    yield chunk;
  }
}

eachDirectory('destroyed or aborted at any moment, all that is in the file was reported', async (t, target) => {
  using pool = BufferPool.create({ limit: 1 << 20 });
  for (let moment = 0; moment < 40; moment++) {
    const path = await scratchFile(t, target);
    const controller = new AbortController();
    const { signal } = controller;
    const stream = createWriteStream(path, { signal, pool, ...SMALL });
    const source = Readable.from(endless(4096 + 4 * moment), { objectMode: false });
    const piped = pipeline(source, stream).catch((error: unknown) => error);
    for (let turn = 0; turn < moment; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (moment % 2 === 0) stream.destroy();
    else controller.abort();
    await closedOf(stream);
    const error = (await piped) as NodeJS.ErrnoException;
    const codes = moment % 2 === 0 ? ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'] : ['ABORT_ERR'];
    t.true(codes.includes(error.code ?? ''), error.code);
    const content = readFileSync(path);
    t.is(content.byteLength, stream.bytesWritten);
    t.true(content.equals(numbered(content.byteLength)), 'from the beginning on, without a gap');
    t.is(pool.stats().held, 0);
    t.is(getEventListeners(signal, 'abort').length, 0);
    t.is(stream.fd, null);
  }
});

eachDirectory('a chunk that waits when its stream is destroyed is told', async (t, target) => {
  const stream = createWriteStream(await scratchFile(t, target), SMALL);
  const told = new Promise<unknown>((resolve) => stream.write(Buffer.alloc(4 << 20, 1), resolve));
  const buffered = new Promise<unknown>((resolve) => stream.write('more', resolve));
  await once(stream, 'ready');
  stream.destroy();
  const codes = [await told, await buffered].map((error) => (error as NodeJS.ErrnoException).code);
  t.deepEqual(codes, ['ERR_STREAM_DESTROYED', 'ERR_STREAM_DESTROYED']);
  await closedOf(stream);
  t.is(statSync(stream.path).size, stream.bytesWritten);
});

eachDirectory(
  'a chunk whose memory goes away before it is copied is an error, and what came before is there',
  async (t, target) => {
    const stream = createWriteStream(await scratchFile(t, target), SMALL);
    const [before, chunk] = [Buffer.alloc(10_000, 'b'), Buffer.alloc(4 << 20, 'c')];
    stream.write(before);
    const told = new Promise<unknown>((resolve) => stream.write(chunk, resolve));
    stream.on('error', () => undefined);
    // Part of it is copied by then.
    while (stream.bytesWritten < 20_000) await new Promise((resolve) => setImmediate(resolve));
    transferAway(chunk.buffer);
    t.is(((await told) as NodeJS.ErrnoException).code, 'ERR_AIO_BUFFER_DETACHED');
    await closedOf(stream);
    const content = readFileSync(stream.path);
    t.is(content.byteLength, stream.bytesWritten);
    t.true(content.equals(Buffer.concat([before, Buffer.alloc(4 << 20, 'c')]).subarray(0, content.byteLength)));
  },
);

test('a pool that is closed is an error of the stream; of a small one the blocks are as small', async (t) => {
  const path = await scratchFile(t, rootTarget());
  const closed = BufferPool.create();
  closed.close();
  const written = pipeline(Readable.from([Buffer.alloc(100_000)]), createWriteStream(path, { pool: closed }));
  await t.throwsAsync(written, { code: 'ERR_AIO_CLOSED' });
  const content = Buffer.alloc(100_000, 'x');
  for (const limit of [4096, 10_000, 65_536]) {
    const pool = BufferPool.create({ limit });
    await pipeline(Readable.from([content]), createWriteStream(path, { pool }));
    t.true(readFileSync(path).equals(content));
    t.is(pool.stats().held, 0);
    t.throws(() => createWriteStream(path, { pool, size: 131_072 }), { code: 'ERR_OUT_OF_RANGE' });
    pool.close();
  }
});

test('what cannot be opened, or is not open for writing, is told as node:fs tells it', async (t) => {
  const { directory } = rootTarget();
  const path = await scratchFile(t, rootTarget(), Buffer.from('content'));
  const codes = async (stream: Writable): Promise<unknown[]> => {
    const seen: unknown[] = [];
    for (const event of ['open', 'ready', 'finish', 'close']) stream.on(event, () => seen.push(event));
    stream.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code));
    stream.end('more');
    await closedOf(stream);
    return seen;
  };
  for (const [name, options] of [
    [join(directory, 'no', 'such', 'directory'), {}],
    [path, { flags: 'wx' }],
    [path, { flags: 'r' }],
    [path, { flags: 'klingon' }],
    [path, { mode: 'klingon' }],
  ] as [PathLike & string, object][]) {
    t.deepEqual(await codes(createWriteStream(name, options)), await codes(createWithNode(name, options)));
  }
  t.is(readFileSync(path, 'utf8'), 'content');
});

test('arguments of no use throw as those of node:fs, and nothing is opened', async (t) => {
  const path = join(rootTarget().directory, randomUUID());
  const codeOf = (call: () => Writable): string | undefined => {
    try {
      call().on('error', () => undefined);
      return 'none';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  };
  const wrong = [
    { start: 'x' },
    { start: -1 },
    { start: 1.5 },
    { start: null },
    { encoding: 'klingon' },
    'klingon',
    5,
    { highWaterMark: -1 },
    { highWaterMark: 'x' },
    { signal: 5 },
    { flush: 5 },
  ] as object[];
  for (const options of wrong) {
    t.is(
      codeOf(() => createWriteStream(path, options)),
      codeOf(() => createWithNode(path, options)),
      JSON.stringify(options),
    );
    t.not(
      codeOf(() => createWriteStream(path, options)),
      'none',
    );
  }
  for (const options of [{ size: 100 }, { size: 2 ** 40 }, { behind: 0 }, { behind: 0.5 }]) {
    t.is(
      codeOf(() => createWriteStream(path, options)),
      'ERR_OUT_OF_RANGE',
    );
  }
  t.is(
    codeOf(() => createWriteStream(path, { pool: {} as never })),
    'ERR_INVALID_ARG_TYPE',
  );
  t.is(
    codeOf(() => createWriteStream(path, { fd: 1 } as object)),
    'ERR_INVALID_ARG_VALUE',
  );
  t.is(
    codeOf(() => createWriteStream(5 as unknown as string)),
    'ERR_INVALID_ARG_TYPE',
  );
  t.is(
    codeOf(() => createWriteStream('a\0b')),
    'ERR_INVALID_ARG_VALUE',
  );
  // Streams open their files in the next tick.
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.throws(() => statSync(path), { code: 'ENOENT' });
});

/** Writes until it fails; the stream then, and its error. */
async function failing(stream: WriteStream, chunk: number): Promise<KernelError> {
  const source = Readable.from(endless(chunk), { objectMode: false });
  const error = (await pipeline(source, stream).catch((reason: unknown) => reason)) as KernelError;
  await closedOf(stream);
  return error;
}

function startsWell(t: ExecutionContext, content: Buffer): void {
  t.true(content.equals(numbered(content.byteLength + 4).subarray(0, content.byteLength)), 'without a gap');
}

eachSmallDisk('a disk that fills up is told, and the file ends without a gap', async (t, directory) => {
  using pool = BufferPool.create({ limit: 4 << 20 });
  for (const [index, options] of [
    {},
    { size: 16_384 },
    { size: 65_536, behind: 12 },
    { flags: 'a', size: 65_536 },
    { start: 4097, size: 65_536 },
  ].entries()) {
    for (const chunk of [1 << 20, 5000]) {
      const path = join(directory, `${index}`);
      const stream = createWriteStream(path, { pool, ...options });
      const error = await failing(stream, chunk);
      t.is(error.code, 'ENOSPC');
      const content = readFileSync(path);
      const start = (options as { start?: number }).start ?? 0;
      t.is(content.byteLength, start + stream.bytesWritten, JSON.stringify(options));
      t.true(stream.bytesWritten > 0);
      startsWell(t, content.subarray(start));
      t.is(pool.stats().held, 0);
      await (await open(path, 'w')).close();
    }
  }
});

eachSmallDisk('what had its space before a disk filled up is not cut', async (t, directory) => {
  const path = join(directory, 'sparse');
  await using file = await open(path, 'w+');
  await file.truncate(LARGE);
  const stream = file.createWriteStream({ start: 0, autoClose: false, size: 65_536 });
  const failed = once(stream, 'error');
  const chunks = endless(65_536);
  while (stream.writable) {
    const more = stream.write(chunks.next().value as Buffer);
    if (!more) await Promise.race([once(stream, 'drain'), failed]).catch(() => undefined);
  }
  t.is(((await failed) as [KernelError])[0].code, 'ENOSPC');
  const content = readFileSync(path);
  t.is(content.byteLength, LARGE);
  const { bytesWritten } = stream;
  t.true(
    content.subarray(bytesWritten).every((byte) => byte === 0),
    'nothing behind what was reported',
  );
});

onFailingDisk('a device that fails is told, and what was reported is all that was changed', async (t, directory) => {
  using pool = BufferPool.create({ limit: 4 << 20 });
  const path = join(directory, 'failing');
  const stream = createWriteStream(path, { pool, size: 65_536, behind: 16 });
  const error = await failing(stream, 100_000);
  t.true(['EIO', 'ENOSPC'].includes(error.code), error.message);
  t.is(typeof error.position, 'number');
  t.is(pool.stats().held, 0);
  t.true(statSync(path).size <= stream.bytesWritten, `${statSync(path).size}, ${stream.bytesWritten}`);
});

eachDirectory(
  'with `flush` all is durable at the end, and a sync that fails is an error [native]',
  async (t, target) => {
    const file = await open(await scratchFile(t, target), 'r+');
    const { operations } = file.queue.stats();
    const stream = file.createWriteStream({ flush: true, autoClose: false });
    stream.end();
    await once(stream, 'finish');
    t.true(file.queue.stats().operations > operations, 'synced, also without a byte');
    await file.close();
  },
);
