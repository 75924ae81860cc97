import { deepStrictEqual, ok } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  createReadStream as createWithNode,
  createWriteStream,
  readFileSync,
  truncateSync,
} from 'node:fs';
import { open as openWithNode } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { buffer as bytesOf, text } from 'node:stream/consumers';
import { finished, pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createGunzip, createGzip } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';

import { BufferPool, createReadStream, open, ReadStream, SubmissionQueue, type DirectFile } from '../../index.js';
import { asked, pattern, watch, withoutTime, type Pattern, type Seen } from '../support/streams.js';
import { run as start, type Ended } from '../support/run.js';
import { fileWith, patterned } from '../support/stream-subject.js';
import { eachDevice, eachDirectory, rootTarget, scratchFile, type DirectoryTarget } from '../support/targets.js';

/** Programs a target. */
const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 60);
const CONTENT = patterned(300_001);

/** What is thrown, or the result. */
function attempt(make: () => Readable): string {
  try {
    const stream = make();
    stream.on('error', () => undefined);
    stream.destroy();
    return 'made';
  } catch (error) {
    return `${(error as Error).name} ${String((error as NodeJS.ErrnoException).code)}`;
  }
}

/** Fails where they differ in what does not depend on time; `all` makes Node's for one who takes it to its end. */
async function compare(ours: Seen, theirs: Seen, how: Pattern, all: () => Readable): Promise<void> {
  if (how.first === 'abort') {
    // Node opens the file nevertheless, and may leave it open.
    theirs.events = theirs.events.filter((event) => event !== 'open' && event !== 'ready').sort();
    ours.events.sort();
    if (theirs.flags.destroyed === true) theirs.flags.fd = null;
  }
  // How much a read() finds is a matter of time.
  if (how.consume === 'read()') ours.chunks = theirs.chunks;
  // So is it how much of what somebody does not wait for was there when he interferes.
  if (how.then !== 'nothing' && how.consume !== 'flow' && how.consume !== 'setEncoding') {
    const whole = await watch(all, { ...how, then: 'nothing', first: 'nothing' });
    ok(ours.content.isBeginningOf(whole.content));
    deepStrictEqual(withoutTime(ours), withoutTime(theirs));
  } else {
    deepStrictEqual(ours, theirs);
  }
}

eachDirectory('a stream by path is seen as that of node:fs is', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  const property = fc.asyncProperty(asked, pattern, async (options, how) => {
    // The end of such a loop is the event that is not emitted.
    fc.pre(!(options.emitClose === false && how.consume === 'iterate'));
    if (attempt(() => createWithNode(path, options)) !== 'made') {
      const ours = attempt(() => createReadStream(path, options));
      deepStrictEqual(
        ours,
        attempt(() => createWithNode(path, options)),
      );
      return;
    }
    const theirs = await watch((signal) => createWithNode(path, { ...options, signal }), how);
    const ours = await watch((signal) => createReadStream(path, { ...options, signal }), how);
    await compare(ours, theirs, how, () => createWithNode(path, options));
  });
  await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true });
  t.pass();
});

eachDirectory('a stream of a file is seen as that of a FileHandle is, and closes it or not', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  const property = fc.asyncProperty(asked, pattern, async (options, how) => {
    fc.pre(!(options.emitClose === false && how.consume === 'iterate'));
    fc.pre((options.start ?? 0) <= (options.end ?? Infinity));
    const handle = await openWithNode(path);
    const file = await open(path);
    // A place to begin at that is not the first.
    await handle.read(Buffer.alloc(1000), 0, 1000, null);
    await file.read(Buffer.alloc(1000));
    const theirs = await watch((signal) => handle.createReadStream({ ...options, signal }), how);
    const ours = await watch((signal) => file.createReadStream({ ...options, signal }), how);
    const from = options.start ?? 1000;
    const length = options.end === undefined ? Infinity : options.end + 1 - (options.start ?? 0);
    await compare(ours, theirs, how, () => createWithNode(path, { ...options, start: from, end: from + length - 1 }));
    await turn();
    deepStrictEqual(file.fd === -1, handle.fd === -1);
    await file.close();
    await handle.close();
  });
  await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true });
  t.pass();
});

async function subject(t: ExecutionContext, target?: DirectoryTarget): Promise<DirectFile> {
  return fileWith(t, CONTENT, target);
}

/** What a stream's end looks like from outside. */
async function fate(stream: Readable): Promise<string[]> {
  const events: string[] = [];
  for (const event of ['open', 'ready', 'end', 'close']) stream.on(event, () => events.push(event));
  stream.on('error', ({ code, syscall }: NodeJS.ErrnoException) => events.push(`${code} ${syscall}`));
  stream.resume();
  await once(stream, 'close').catch(() => undefined);
  if (!stream.closed) await once(stream, 'close');
  return events;
}

eachDirectory('a file that is not there is an error of the stream, as of node:fs’s', async (t, target) => {
  const path = `${await scratchFile(t, target)}-missing`;
  t.deepEqual(await fate(createReadStream(path)), await fate(createWithNode(path)));
  t.deepEqual(await fate(createReadStream(path)), ['ENOENT open', 'close']);
  const directory = await fate(createReadStream(target.directory));
  t.deepEqual(directory, ['ERR_AIO_UNSUPPORTED_FILE undefined', 'close']);
});

test('of a highWaterMark of 0 nothing is asked for, and the stream ends', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  t.deepEqual(
    await fate(createReadStream(path, { highWaterMark: 0 })),
    await fate(createWithNode(path, { highWaterMark: 0 })),
  );
});

test('what is wrong with the arguments is thrown as node:fs throws it', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  const wrong: unknown[] = [
    { start: -1 },
    { start: 1.5 },
    { start: '1' },
    { start: null },
    { end: -1 },
    { end: 'x' },
    { start: 5, end: 4 },
    { encoding: 'klingon' },
    'klingon',
    { signal: {} },
    { highWaterMark: -1 },
    { highWaterMark: 'x' },
    5,
  ];
  for (const options of wrong) {
    const theirs = attempt(() => createWithNode(path, options as object));
    t.not(theirs, 'made');
    t.is(
      attempt(() => createReadStream(path, options as object)),
      theirs,
      JSON.stringify(options),
    );
  }
  for (const name of [undefined, null, 5, {}, 'a\0b'] as string[]) {
    const theirs = attempt(() => createWithNode(name));
    t.is(
      attempt(() => createReadStream(name)),
      theirs,
    );
  }
  for (const options of [null, undefined, {}, 'utf8', { end: null }, { end: Infinity }, { encoding: null }]) {
    t.is(
      attempt(() => createReadStream(path, options as object)),
      'made',
      JSON.stringify(options),
    );
  }
  t.throws(() => createReadStream(path, { fd: 5 } as object), { code: 'ERR_INVALID_ARG_VALUE' });
  const pool = BufferPool.create({ limit: 65_536 });
  for (const [options, code] of [
    [{ size: '1M' }, 'ERR_INVALID_ARG_TYPE'],
    [{ size: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ ahead: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ pool: {} }, 'ERR_INVALID_ARG_TYPE'],
    [{ pool, size: 131_072 }, 'ERR_OUT_OF_RANGE'],
  ] as const) {
    t.throws(() => createReadStream(path, options as object), { code }, JSON.stringify(options));
  }
  t.true((await bytesOf(createReadStream(path, { pool, highWaterMark: 2 ** 20 }))).equals(CONTENT));
  pool.close();
  t.throws(() => Reflect.construct(ReadStream, [path]) as unknown, { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
});

eachDirectory('streams go through pipelines, compressors, hashes, lines and files', async (t, target) => {
  const file = await subject(t, target);
  const { path } = file;
  const zipped = await scratchFile(t, target);
  await pipeline(createReadStream(path), createGzip({ level: 1 }), createWriteStream(zipped));
  const unzipped = createReadStream(zipped).pipe(createGunzip());
  t.true((await bytesOf(unzipped)).equals(CONTENT));
  const hash = createHash('sha256');
  await pipeline(file.createReadStream({ start: 0, autoClose: false }), hash);
  t.is(hash.digest('hex'), createHash('sha256').update(CONTENT).digest('hex'));
  await file.writeFile(createReadStream(path, { end: 999 }));
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ✓`);
  const written = await scratchFile(t, target, Buffer.from(`${lines.join('\n')}\n`));
  const read: string[] = [];
  for await (const line of createInterface({ input: createReadStream(written, { highWaterMark: 1000 }) }))
    read.push(line);
  t.deepEqual(read, lines);
  t.is(await text(createReadStream(written, 'utf8')), `${lines.join('\n')}\n`);
  const stream = createReadStream(pathToFileURL(written));
  stream.resume();
  await finished(stream);
  t.is(stream.path, written);
  t.is(stream.bytesRead, readFileSync(written).byteLength);
  t.true(stream.pending);
});

eachDirectory('chunks are the consumer’s to keep, in memory of their own', async (t, target) => {
  const file = await subject(t, target);
  using pool = BufferPool.create({ limit: 2 ** 20 });
  for (const options of [{}, { pool }, { highWaterMark: 1000 }, { pool, highWaterMark: 300_000 }]) {
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(file.path, options)) chunks.push(chunk as Buffer);
    t.true(Buffer.concat(chunks).equals(CONTENT));
    t.true(chunks.every(({ buffer, byteLength }) => buffer.byteLength === byteLength));
    t.is(pool.stats().blocks, 0);
  }
});

eachDevice('a device is read from anywhere to its end', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  t.true((await bytesOf(createReadStream(path, { start: 1, end: 299_999 }))).equals(CONTENT.subarray(1, 300_000)));
  const stream = createReadStream(path, { start: 5 });
  stream.resume();
  await finished(stream);
  t.is(stream.bytesRead, (128 << 20) - 5);
});

test('without a start a stream goes on where the file is, and the file goes on behind what was read', async (t) => {
  const file = await subject(t);
  await file.read(Buffer.alloc(1000));
  const stream = file.createReadStream({ highWaterMark: 500, autoClose: false });
  const chunk = (await once(stream, 'data'))[0] as Buffer;
  stream.pause();
  t.deepEqual(chunk, CONTENT.subarray(1000, 1500));
  await turn();
  await turn();
  const { bytesRead } = stream;
  t.deepEqual((await file.read(Buffer.alloc(10))).buffer, CONTENT.subarray(1000 + bytesRead, 1010 + bytesRead));
  const other = file.createReadStream({ start: 5, end: 9, autoClose: false });
  t.deepEqual(await bytesOf(other), CONTENT.subarray(5, 10));
  t.deepEqual((await file.read(Buffer.alloc(10))).buffer, CONTENT.subarray(1010 + bytesRead, 1020 + bytesRead));
});

test('a file that is closed meanwhile is an error, and one that was closed before', async (t) => {
  const file = await subject(t);
  const stream = file.createReadStream({ highWaterMark: 4096, size: 4096, ahead: 1 });
  await once(stream, 'readable');
  await file.close();
  t.deepEqual(await fate(stream), ['ERR_AIO_CLOSED undefined', 'close']);
  t.deepEqual(await fate(file.createReadStream()), ['ERR_AIO_CLOSED undefined', 'close']);
});

for (const encoding of [undefined, 'latin1'] as const) {
  const what = encoding === undefined ? 'bytes' : 'text';
  test(`a stream of ${what} that is not to be closed has failed after an error, and stays`, async (t) => {
    const file = await subject(t);
    const options = { highWaterMark: 4096, size: 4096, ahead: 1, autoClose: false, encoding };
    const stream = file.createReadStream(options);
    await once(stream, 'readable');
    await file.close();
    stream.resume();
    const [error] = (await once(stream, 'error').catch((told: unknown) => [told])) as [Error & { code: string }];
    t.is(error.code, 'ERR_AIO_CLOSED');
    t.is(stream.errored, error);
    t.false(stream.destroyed);
    // Who comes later is told as well.
    await t.throwsAsync(finished(stream), { is: error });
    await t.throwsAsync(bytesOf(stream), { is: error });
  });
}

test('a file that grows and one that shrinks meanwhile are read to where they end then', async (t) => {
  const file = await subject(t);
  const stream = createReadStream(file.path, { highWaterMark: 10_000 });
  let bytes = 0;
  for await (const chunk of stream) {
    if (bytes === 0) appendFileSync(file.path, CONTENT);
    bytes += (chunk as Buffer).byteLength;
  }
  t.is(bytes, 2 * CONTENT.byteLength);
  const cut = createReadStream(file.path, { highWaterMark: 4096, size: 4096, ahead: 2 });
  bytes = 0;
  for await (const chunk of cut) {
    if (bytes === 0) truncateSync(file.path, 50_001);
    bytes += (chunk as Buffer).byteLength;
  }
  t.is(bytes, 50_001);
});

test('many streams that stand still take no memory of a shared pool from one that does not', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  using pool = BufferPool.create({ limit: 4 * 65_536 });
  const queue = await SubmissionQueue.create();
  const still = Array.from({ length: 10 }, () => createReadStream(path, { pool, queue, highWaterMark: 60_000 }));
  for (const stream of still) await once(stream, 'readable');
  t.true((await bytesOf(createReadStream(path, { pool, queue }))).equals(CONTENT));
  // Nor did they lose anything.
  const contents = await Promise.all(still.map((stream) => bytesOf(stream)));
  t.true(contents.every((content) => content.equals(CONTENT)));
  await queue.drain();
  t.is(pool.stats().blocks, 0);
  await queue.close();
});

test('streams that are destroyed at any moment close their file and give all memory back', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  using pool = BufferPool.create({ limit: 2 ** 20 });
  const queue = await SubmissionQueue.create();
  for (let moment = 0; moment < 60; moment++) {
    const stream = createReadStream(path, { pool, queue, highWaterMark: 20_000 });
    stream.resume();
    for (let index = 0; index < moment % 15; index++) await (moment % 2 === 0 ? turn() : Promise.resolve());
    if (moment % 3 === 0) stream.destroy(new Error('mine'));
    else stream.destroy();
    stream.on('error', () => undefined);
    if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
    t.is(stream.fd, null);
  }
  await queue.drain();
  t.is(pool.stats().blocks, 0);
  await queue.close();
});

test('a listener that throws is an uncaught exception, as with node:fs', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  const program = (make: string, from: string): string => `
    import { ${make} as make } from ${JSON.stringify(from)};
    process.on('uncaughtException', (error, origin) => { console.log(error.message, origin); process.exit(7); });
    make(${JSON.stringify(path)}).on(process.argv[1], () => { throw new Error('mine'); }).resume();`;
  for (const event of ['open', 'data', 'end', 'close']) {
    const run = (make: string, from: string): Promise<Ended> =>
      start(process.execPath, ['--import=tsx', '--input-type=module', '-e', program(make, from), event]);
    const [ours, theirs] = await Promise.all([
      run('createReadStream', new URL('../../index.ts', import.meta.url).href),
      run('createReadStream', 'node:fs'),
    ]);
    t.is(theirs.stdout, 'mine uncaughtException\n', theirs.stderr);
    t.deepEqual([ours.code, ours.stdout], [theirs.code, theirs.stdout], `${event}: ${ours.stderr}`);
  }
});

eachDirectory('all that a file has from where it stands comes from a loop over it', async (t, target) => {
  const file = await subject(t, target);
  const chunks: Buffer[] = [];
  for await (const chunk of file) chunks.push(chunk);
  t.true(Buffer.concat(chunks).equals(CONTENT));
  t.true(chunks.every(({ buffer, byteLength }) => buffer.byteLength === byteLength));
  t.is((await file.read(Buffer.alloc(10))).bytesRead, 0);
  for await (const chunk of file) t.fail(`${chunk.byteLength}`);
  await using again = await open(file.path);
  await again.read(Buffer.alloc(1000));
  let first: Buffer | undefined;
  for await (const chunk of again) {
    first = chunk;
    break;
  }
  const length = first?.byteLength ?? 0;
  t.true(first?.equals(CONTENT.subarray(1000, 1000 + length)));
  const rest = CONTENT.subarray(1000 + length);
  t.true((await again.readFile()).equals(rest));
  await again.close();
  await t.throwsAsync(
    async () => {
      for await (const chunk of again) t.fail(`${chunk.byteLength}`);
    },
    { code: 'ERR_AIO_CLOSED' },
  );
});
