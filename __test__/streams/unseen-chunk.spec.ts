/** Chunks that are read into memory of their own, rather than copied to it. */
import { deepStrictEqual, ok } from 'node:assert/strict';
import { createReadStream as createWithNode } from 'node:fs';
import { buffer as bytesOf } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';

import { allocate, createReadStream, open } from '../../index.js';
import { copyPackage } from '../support/copy.js';
import { run } from '../support/run.js';
import { patterned } from '../support/stream-subject.js';
import { eachDevice, eachDirectory, rootTarget, scratchFile } from '../support/targets.js';
import { traced } from '../support/traced.js';

const CONTENT = patterned(3 * 2 ** 20 + 4096 + 777);
const PAGE = 4096;

const sizes = fc.constantFrom(256, 320, 512, 768, 1024, 2048).map((kibibytes) => kibibytes * 1024);
const places = fc.oneof(
  fc.integer({ min: 0, max: CONTENT.byteLength + PAGE }),
  fc.integer({ min: 0, max: Math.floor(CONTENT.byteLength / PAGE) }).map((page) => page * PAGE),
);
const asked = fc.record({ highWaterMark: sizes, start: places, end: places }, { requiredKeys: ['highWaterMark'] });

/** Chunks as they were when they came, and what of them is in memory that was read into: that is more than the chunk. */
async function chunksOf(stream: AsyncIterable<unknown>): Promise<{ chunks: Buffer[]; readInto: number }> {
  const chunks: Buffer[] = [];
  const kept: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(Buffer.from(chunk));
    kept.push(chunk);
  }
  // What was read later is not in the memory of what came before.
  deepStrictEqual(kept, chunks);
  return { chunks, readInto: kept.filter(({ buffer, byteLength }) => buffer.byteLength > byteLength).length };
}

/** Bytes of a stream none of whose chunks is larger than it. */
async function lengthOf(stream: AsyncIterable<unknown>): Promise<number> {
  let bytes = 0;
  for await (const { buffer, byteLength } of stream as AsyncIterable<Buffer>) {
    if (buffer.byteLength > byteLength) return -1;
    bytes += byteLength;
  }
  return bytes;
}

eachDirectory('large chunks are those of node:fs, and the consumer’s to keep', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  const property = fc.asyncProperty(asked, async (options) => {
    fc.pre((options.start ?? 0) <= (options.end ?? Infinity));
    const [ours, theirs] = [
      await chunksOf(createReadStream(path, options)),
      await chunksOf(createWithNode(path, options)),
    ];
    ok(Buffer.concat(ours.chunks).equals(Buffer.concat(theirs.chunks)));
    deepStrictEqual(
      ours.chunks.map(({ byteLength }) => byteLength),
      theirs.chunks.map(({ byteLength }) => byteLength),
    );
  });
  await fc.assert(property, { numRuns: 30, includeErrorInReport: true });
  t.pass();
});

eachDirectory('chunks of whole blocks are not copied, where the kernel’s AIO reads them', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  for (const engine of ['aio', 'fs'] as const) {
    for (const [highWaterMark, whole] of [
      [256 * 1024, 12],
      [1024 * 1024, 3],
      [64 * 1024, 0],
      [300_000, 0],
    ] as const) {
      await using file = await open(path, { flags: 'r', engine });
      const { chunks, readInto } = await chunksOf(file.createReadStream({ start: 0, highWaterMark, autoClose: false }));
      t.true(Buffer.concat(chunks).equals(CONTENT));
      t.is(readInto, engine === 'aio' && process.env.LINUX_AIO_MEMORY !== 'copied' ? whole : 0);
    }
  }
});

test('blocks of very many chunks, and very much memory, are of a pool', async (t) => {
  const path = await scratchFile(t, rootTarget());
  await using file = await open(path, 'r+');
  await file.truncate(400 * 2 ** 20);
  const highWaterMark = 256 * 1024;
  for (const options of [{ size: 300 * 2 ** 20, ahead: 0 }, { size: 32 * highWaterMark }, { ahead: 1024 }]) {
    const stream = file.createReadStream({ start: 0, end: 310 * 2 ** 20, highWaterMark, autoClose: false, ...options });
    // Beside it, whose result must not suffer from it.
    const [bytes, { bytesRead }] = await Promise.all([lengthOf(stream), file.read(allocate(4096), 0, 4096, 0)]);
    t.deepEqual([bytes, bytesRead], [310 * 2 ** 20 + 1, 4096]);
  }
});

eachDevice('a block device is read into chunks', async (t, { device }) => {
  await using file = await open(device, 'r+');
  const some = allocate(2 * 2 ** 20).fill(CONTENT.subarray(0, 2 ** 20));
  await file.write(some, 0, some.byteLength, 0);
  const stream = file.createReadStream({
    start: 0,
    end: some.byteLength - 1,
    highWaterMark: 2 ** 20,
    autoClose: false,
  });
  const { chunks, readInto } = await chunksOf(stream);
  t.true(Buffer.concat(chunks).equals(some));
  t.is(readInto, 2);
});

test('a file that grows and one that is cut meanwhile are read to where they end', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  await using file = await open(path, 'r+');
  const stream = file.createReadStream({ start: 0, highWaterMark: 2 ** 20, autoClose: false, ahead: 1 });
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (bytes === 0) await file.truncate(2 * 2 ** 20 + 5);
    if (bytes === 2 ** 20) await file.write(Buffer.alloc(2 ** 20 - 5, 'x'), 0, 2 ** 20 - 5, 2 * 2 ** 20 + 5);
    bytes += chunk.byteLength;
  }
  // The write goes in two pieces: between them the file ends there.
  t.true([2 * 2 ** 20 + 5, 2.5 * 2 ** 20, 3 * 2 ** 20].includes(bytes), String(bytes));
});

test('a chunk’s memory can be transferred, and those behind it are whole', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  const parts: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    const { byteOffset, byteLength } = chunk;
    const buffer = chunk.buffer as ArrayBuffer;
    parts.push(Buffer.from(structuredClone(buffer, { transfer: [buffer] }), byteOffset, byteLength));
    t.is(chunk.byteLength, 0);
  }
  t.true(Buffer.concat(parts).equals(CONTENT));
});

test('web streams and the loop over a file read into their chunks', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  await using file = await open(path, 'r');
  const looped = await chunksOf(file);
  t.true(Buffer.concat(looped.chunks).equals(CONTENT));
  t.is(looped.readInto, 6);
  const web = file.readableWebStream({ start: 0 });
  t.true(Buffer.from(await bytesOf(web as never)).equals(CONTENT));
});

/** The command that runs a program of chunks. */
async function command(t: ExecutionContext, program: string): Promise<readonly [string, ...string[]]> {
  const path = await scratchFile(t, rootTarget(), Buffer.alloc(32 << 20, 'x'));
  const fixture = ['--expose-gc', '--import=tsx', '__test__/support/unseen.fixture.ts'];
  return [process.execPath, ...fixture, path, program, copyPackage(t, `unseen-${program}`)];
}

/** Runs it: what it says. */
async function says(t: ExecutionContext, [program, ...parameters]: readonly [string, ...string[]]): Promise<string> {
  const { code, signal, stdout, stderr } = await run(program, parameters);
  t.deepEqual({ code, signal }, { code: 0, signal: null }, stderr);
  return stdout.trim();
}

for (const program of ['destroyed', 'aborted', 'left', 'forgotten', 'read']) {
  test(`streams that are ${program} leave no memory behind`, async (t) => {
    t.is(await says(t, await command(t, program)), 'nothing left');
  });
}

test('workers are terminated in the midst of streams', async (t) => {
  t.is(await says(t, await command(t, 'terminated')), '20 ended');
});

traced('a worker that ends waits for what the kernel reads into chunks [needs strace]', async (t) => {
  // The context would be gone by chance.
  const slowly = ['-f', '-o', '/dev/null', '-e', 'trace=io_destroy', '-e', 'inject=io_destroy:delay_enter=1000000'];
  const program = await command(t, 'ending');
  t.is(await says(t, ['strace', ...slowly, ...program]), 'with reads under way, contexts left: 0');
});

test('so does one that has loaded the module a second time', async (t) => {
  t.regex(await says(t, await command(t, 'reloading')), /^with reads under way/);
});
