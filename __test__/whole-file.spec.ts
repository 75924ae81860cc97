import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import test from 'ava';

import { allocate, BufferPool, open, type FileData } from '../index.js';
import { eachDevice, eachDirectory, rootTarget, scratchFile } from './support/targets.js';

const CONTENT = Buffer.from(Uint8Array.from({ length: 300_001 }, (_, at) => (at * 7) % 251));

async function* later(parts: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  for (const part of parts) {
    await new Promise((resolve) => setImmediate(resolve));
    yield part;
  }
}

const whole = (parts: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));

const PARTS: Record<string, (string | Uint8Array)[]> = {
  none: [],
  'empty ones': ['', new Uint8Array(0)],
  'strings and bytes': ['one ', Buffer.from('two '), new Uint8Array([51, 32]), 'vier ✓'],
  'many of odd lengths': Array.from({ length: 50 }, (_, index) => CONTENT.subarray(index * 700, index * 1301)),
  'large ones': [CONTENT, CONTENT.subarray(1), CONTENT],
  'aligned ones': [allocate(8192).fill(1), allocate(512).fill(2), allocate(4096).fill(3)],
};

for (const [name, parts] of Object.entries(PARTS)) {
  eachDirectory(
    `a file is written from an iterable, an asynchronous one and a stream of ${name}`,
    async (t, target) => {
      const forms: Record<string, () => FileData> = {
        array: () => parts,
        generator: () => parts.values(),
        asynchronous: () => later(parts),
        stream: () => Readable.from(parts.filter(({ length }) => length > 0)),
      };
      for (const [form, make] of Object.entries(forms)) {
        const path = await scratchFile(t, target);
        await using file = await open(path, 'w');
        await file.writeFile(make());
        t.true(readFileSync(path).equals(whole(parts)), form);
        await file.appendFile(make());
        t.true(readFileSync(path).equals(Buffer.concat([whole(parts), whole(parts)])), `${form} appended`);
      }
    },
  );
}

eachDirectory('a file is copied from a stream of node:fs', async (t, target) => {
  const source = await scratchFile(t, target, CONTENT);
  await using file = await open(await scratchFile(t, target), 'r+');
  await file.writeFile(createReadStream(source, { highWaterMark: 10_007 }));
  t.deepEqual(readFileSync(file.path), CONTENT);
});

eachDirectory('strings are written and read in their encoding', async (t, target) => {
  await using file = await open(await scratchFile(t, target), 'w+');
  for (const [text, encoding] of [
    ['Grüße', 'latin1'],
    ['Grüße ✓', 'utf16le'],
    ['00ff7f', 'hex'],
    ['dGV4dA==', 'base64'],
  ] as const) {
    await file.truncate(0);
    await using writer = await open(file.path, 'r+');
    await writer.writeFile(text, encoding);
    t.deepEqual(readFileSync(file.path), Buffer.from(text, encoding));
    await writer.appendFile(text, { encoding });
    await using reader = await open(file.path);
    t.is(
      await reader.readFile(encoding),
      Buffer.concat([Buffer.from(text, encoding), Buffer.from(text, encoding)]).toString(encoding),
    );
    await using again = await open(file.path);
    t.is(typeof (await again.readFile({ encoding })), 'string');
    t.true(Buffer.isBuffer(await file.readFile({ encoding: null })));
  }
});

eachDirectory('what is no data, or an unknown encoding, is refused and nothing is written', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.from('as it was'));
  await using file = await open(path, 'r+');
  for (const wrong of [undefined, null, 5, true, {}, new ArrayBuffer(8), Symbol('x')]) {
    await t.throwsAsync(file.writeFile(wrong as FileData), {
      instanceOf: TypeError,
      code: 'ERR_INVALID_ARG_TYPE',
    } as object);
  }
  await t.throwsAsync(file.writeFile([5] as unknown as FileData), { code: 'ERR_INVALID_ARG_TYPE' });
  await t.throwsAsync(file.writeFile('x', 'klingon' as 'utf8'), { code: 'ERR_INVALID_ARG_VALUE' });
  await t.throwsAsync(file.readFile('klingon' as 'utf8'), { code: 'ERR_INVALID_ARG_VALUE' });
  await t.throwsAsync(file.readFile(5 as unknown as 'utf8'), { code: 'ERR_INVALID_ARG_TYPE' });
  t.is(readFileSync(path, 'utf8'), 'as it was');
});

eachDirectory('an iterable that is given up is closed', async (t, target) => {
  await using file = await open(await scratchFile(t, target), 'r+');
  let closed = false;
  function* endless(): Generator<string> {
    try {
      for (;;) yield 'part';
    } finally {
      closed = true;
    }
  }
  const controller = new AbortController();
  const writing = t.throwsAsync(file.writeFile(endless(), { signal: controller.signal }), { code: 'ABORT_ERR' });
  setImmediate(() => {
    controller.abort();
  });
  await writing;
  await file.close();
  t.true(closed);
});

eachDirectory('a file that grows while it is read as a whole is read to its end', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  await using file = await open(path, 'r+');
  const reading = file.readFile();
  const appending = file.write(Buffer.alloc(200_000, 'z'), { append: true });
  const [content] = await Promise.all([reading, appending]);
  t.true(content.byteLength >= CONTENT.byteLength);
  t.true(content.subarray(0, CONTENT.byteLength).equals(CONTENT));
  t.true(content.subarray(CONTENT.byteLength).every((byte) => byte === 122));
});

eachDirectory('memory of a pool serves as data', async (t, target) => {
  using pool = BufferPool.create();
  const buffer = pool.acquire(5000).fill(9);
  await using file = await open(await scratchFile(t, target), 'r+');
  await file.writeFile(buffer);
  t.deepEqual(readFileSync(file.path), Buffer.alloc(5000, 9));
});

eachDevice('a whole device is read, and its end ends what is written', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  await using file = await open(path, 'r+');
  const content = await file.readFile();
  t.is(content.byteLength, 128 << 20);
  t.true(content.subarray(0, CONTENT.byteLength).equals(CONTENT));
  const end = content.byteLength;
  t.is((await file.write(Buffer.alloc(5000, 1), { position: end - 100 })).bytesWritten, 100);
  t.is((await file.read(Buffer.alloc(200), { position: end - 100 })).bytesRead, 100);
  await t.throwsAsync(file.write(Buffer.alloc(10), { position: end }), { code: 'ENOSPC' });
  await t.throwsAsync(file.write(allocate(4096), { position: end }), { code: 'ENOSPC' });
  await t.throwsAsync(file.write('at the end', { append: true }), { code: 'ENOSPC' });
});

test('a file is not written into itself, which would have no end', async (t) => {
  const file = await open(await scratchFile(t, rootTarget(), Buffer.alloc(20_000, 1)), 'r+');
  const again = await open(file.path);
  for (const source of [file, again]) {
    await t.throwsAsync(file.appendFile(source), { code: 'ERR_AIO_SAME_FILE' });
    await t.throwsAsync(file.writeFile(source), { code: 'ERR_AIO_SAME_FILE' });
  }
  t.is((await file.stat()).size, 20_000);
  await Promise.all([file.close(), again.close()]);
});
