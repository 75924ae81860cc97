/** Streams at the end of pipelines: of other modules' streams, of iterables, beside those of node:fs. */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream as createWithNode, readFileSync } from 'node:fs';
import { Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, gunzipSync } from 'node:zlib';
import test from 'ava';

import { createWriteStream, open, WriteStream } from '../../index.js';
import { closedOf } from '../support/write-script.js';
import { eachDirectory, rootTarget, scratchFile } from '../support/targets.js';

const CONTENT = Buffer.from(Uint8Array.from({ length: 3_000_007 }, (_, at) => (at * at) % 253));
const SMALL = { size: 32_768, behind: 4 };

eachDirectory('a file is copied from a stream of node:fs', async (t, target) => {
  const source = await scratchFile(t, target, CONTENT);
  for (const highWaterMark of [1000, 65_536, 1 << 20]) {
    for (const options of [{}, SMALL, { highWaterMark }]) {
      const stream = createWriteStream(await scratchFile(t, target), options);
      await pipeline(createReadStream(source, { highWaterMark }), stream);
      t.true(readFileSync(stream.path).equals(CONTENT));
      t.is(stream.bytesWritten, CONTENT.byteLength);
    }
  }
});

eachDirectory('what is compressed or enciphered into a file comes out of it', async (t, target) => {
  const zipped = createWriteStream(await scratchFile(t, target), SMALL);
  await pipeline(Readable.from([CONTENT]), createGzip(), zipped);
  t.true(gunzipSync(readFileSync(zipped.path)).equals(CONTENT));
  const [key, start] = [Buffer.alloc(32, 1), Buffer.alloc(16, 2)];
  const secret = createWriteStream(await scratchFile(t, target), SMALL);
  await pipeline(Readable.from([CONTENT]), createCipheriv('aes-256-ctr', key, start), secret);
  const plain = createWriteStream(await scratchFile(t, target), SMALL);
  const decipher = createDecipheriv('aes-256-ctr', key, start);
  await pipeline(createReadStream(secret.path), decipher, new PassThrough(), plain);
  t.true(readFileSync(plain.path).equals(CONTENT));
  const unzipped = createWriteStream(await scratchFile(t, target), { highWaterMark: 1 });
  await pipeline(createReadStream(zipped.path), createGunzip(), unzipped);
  t.true(readFileSync(unzipped.path).equals(CONTENT));
});

eachDirectory('iterables, generators and functions are sources', async (t, target) => {
  const lines = Array.from({ length: 3000 }, (_, line) => `line ${line}\n`);
  const sources = {
    array: () => lines,
    generator: function* () {
      yield* lines;
    },
    asynchronous: async function* () {
      for (const line of lines) yield await Promise.resolve(line);
    },
  };
  for (const [name, source] of Object.entries(sources)) {
    const stream = createWriteStream(await scratchFile(t, target));
    await pipeline(source, stream);
    t.is(readFileSync(stream.path, 'utf8'), lines.join(''), name);
  }
});

eachDirectory('a source or a step that fails destroys the stream, which reports what it wrote', async (t, target) => {
  const breaks = new Transform({
    transform(chunk: Buffer, _, callback) {
      if (chunk.includes('X')) callback(new Error('X'));
      else callback(null, chunk);
    },
  });
  const stream = createWriteStream(await scratchFile(t, target), SMALL);
  const chunks = [...Array.from({ length: 20 }, () => Buffer.alloc(10_000, 'a')), Buffer.from('X')];
  await t.throwsAsync(pipeline(Readable.from(chunks), breaks, stream), { message: 'X' });
  await closedOf(stream);
  const content = readFileSync(stream.path);
  t.is(content.byteLength, stream.bytesWritten);
  t.true(content.every((byte) => byte === 97));
});

eachDirectory('a hash beside the file sees what the file has', async (t, target) => {
  const hash = createHash('sha256');
  const stream = createWriteStream(await scratchFile(t, target), SMALL);
  const source = Readable.from([CONTENT.subarray(0, 1_000_000), CONTENT.subarray(1_000_000)]);
  source.pipe(hash);
  source.pipe(stream);
  await finished(stream);
  if (!hash.readable) await once(hash, 'readable');
  t.is((hash.read() as Buffer).toString('hex'), createHash('sha256').update(readFileSync(stream.path)).digest('hex'));
});

eachDirectory('it becomes a web stream, and half of a duplex', async (t, target) => {
  const web = createWriteStream(await scratchFile(t, target), SMALL);
  await Readable.toWeb(Readable.from([CONTENT])).pipeTo(Writable.toWeb(web));
  t.true(readFileSync(web.path).equals(CONTENT));
  const half = createWriteStream(await scratchFile(t, target), SMALL);
  const duplex = Duplex.from({ writable: half, readable: Readable.from([]) });
  duplex.resume();
  await pipeline(Readable.from([CONTENT]), duplex);
  await closedOf(half);
  t.true(readFileSync(half.path).equals(CONTENT));
});

test('a stream is a Writable of its class, which nobody else constructs', async (t) => {
  const stream = createWriteStream(await scratchFile(t, rootTarget()));
  t.true(stream instanceof Writable && stream instanceof WriteStream);
  t.throws(() => Reflect.construct(WriteStream, []) as unknown, { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
  t.deepEqual([stream.pending, stream.fd, stream.bytesWritten, stream.autoClose], [true, null, 0, true]);
  const nodes = createWithNode(stream.path);
  t.is(stream.writableHighWaterMark, nodes.writableHighWaterMark);
  nodes.destroy();
  const [fd] = (await once(stream, 'open')) as [number];
  t.deepEqual([stream.pending, stream.fd], [false, fd]);
  const closed = new Promise((resolve) => {
    stream.close(resolve);
  });
  await closed;
  await new Promise((resolve) => {
    stream.close(resolve);
  });
  t.is(stream.fd, null);
});

test('a stream that is not closed keeps its file open, and not the other way round', async (t) => {
  const file = await open(await scratchFile(t, rootTarget()), 'r+');
  const stream = file.createWriteStream({ emitClose: false });
  stream.on('close', () => t.fail('close was not to be emitted'));
  await new Promise<void>((resolve) => stream.end('content', resolve));
  await file.close();
  t.is(readFileSync(file.path, 'utf8'), 'content');
});
