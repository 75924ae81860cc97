import { readFileSync } from 'node:fs';
import { open as openWithNode } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

import { allocate, open, type BatchError, type DirectFile, type KernelError } from '../index.js';
import { eachDevice, eachDirectory, eachTarget, scratchFile } from './support/targets.js';

const CONTENT = Buffer.from(Uint8Array.from({ length: 20_000 }, (_, at) => (at * 7) % 251));

type Program = (file: DirectFile) => Promise<unknown>;

/** Node's own handle, under the interface that is to be the same. */
async function openTheirs(path: string, flags: string, mode?: number): Promise<DirectFile> {
  return (await openWithNode(path, flags, mode)) as unknown as DirectFile;
}

/** Programs that must give the same results and leave the same file through either interface. */
const SAME: Record<string, Program> = {
  'read with all its arguments': (file) => file.read(Buffer.alloc(100), 10, 50, 1000),
  'read with options': (file) => file.read(Buffer.alloc(100), { offset: 1, length: 9, position: 3 }),
  'read with the buffer among the options': (file) => file.read({ buffer: Buffer.alloc(30), position: 19_990 }),
  'read into other views': async (file) => [
    await file.read(new Uint16Array(50), 0, 100, 7),
    await file.read(new DataView(new ArrayBuffer(64), 8, 16), 0, 16, 512),
  ],
  'read without a position goes on': async (file) => [
    (await file.read(Buffer.alloc(10))).buffer,
    (await file.read(Buffer.alloc(10), 0, 10, null)).buffer,
    (await file.read(Buffer.alloc(10), 0, 10, -1)).buffer,
    (await file.read(Buffer.alloc(10), { position: 5 })).buffer,
    (await file.read(Buffer.alloc(10), {})).buffer,
  ],
  'read and write share the place': async (file) => [
    (await file.read(Buffer.alloc(10))).buffer,
    await file.write('between'),
    (await file.read(Buffer.alloc(10))).buffer,
  ],
  'read without a buffer': async (file) => {
    const { bytesRead, buffer } = await file.read();
    return [bytesRead, buffer.byteLength];
  },
  'read past the end': (file) => file.read(Buffer.alloc(10), 0, 10, 30_000),
  'readv and writev': async (file) => [
    await file.readv([Buffer.alloc(100), Buffer.alloc(0), new Uint8Array(5000)], 5),
    await file.writev([Buffer.from('one'), Buffer.alloc(5000, 'x'), Buffer.from('three')], 100),
    await file.readv([Buffer.alloc(3)]),
    await file.writev([Buffer.from('here')]),
  ],
  'write in all its forms': async (file) => [
    await file.write(Buffer.from('0123456789'), 2, 5, 100),
    await file.write(Buffer.from('0123456789'), { offset: 3, length: 4, position: 300 }),
    await file.write('text', 500),
    await file.write('dGV4dA==', 600, 'base64'),
    await file.write(Buffer.from('beyond'), 0, 6, 25_000),
  ],
  'the whole file': async (file) => [
    await file.read(Buffer.alloc(5)),
    (await file.readFile()).toString('latin1'),
    await file.readFile('utf8'),
  ],
  'writeFile writes where the last one ended': async (file) => {
    await file.writeFile('start ');
    await file.writeFile(Buffer.from('goes on '));
    await file.writeFile(new Uint8Array(9000).fill(66));
    await file.writeFile(['of ', 'parts ']);
    await file.writeFile(Readable.from([Buffer.from('of '), Buffer.from('streams')]));
  },
  'truncate cuts and extends': async (file) => {
    await file.truncate(777);
    await file.truncate(5000);
  },
  'stat tells the size': async (file) => {
    const [plain, big] = [await file.stat(), await file.stat({ bigint: true })];
    return [plain.size, plain.isFile(), big.size];
  },
};

for (const [name, program] of Object.entries(SAME)) {
  eachDirectory(`as FileHandle: ${name}`, async (t, target) => {
    const [ours, theirs] = [await scratchFile(t, target, CONTENT), await scratchFile(t, target, CONTENT)];
    const [file, handle] = [await open(ours, 'r+'), await openTheirs(theirs, 'r+')];
    t.teardown(() => Promise.all([file.close(), handle.close()]));
    t.deepEqual(await program(file), await program(handle));
    t.deepEqual(readFileSync(ours), readFileSync(theirs));
  });
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);

const FLAGS = ['r', 'r+', 'w', 'w+', 'a', 'a+', 'wx', 'ax+'] as const;

/** What a flag lets one do with a file, or the code of its refusal. */
async function uses(opened: Promise<DirectFile>): Promise<unknown[]> {
  const outcome = (work: Promise<unknown>) => work.then(String, codeOf);
  try {
    const file = await opened;
    const results = [
      await outcome(file.write('abc', 0).then(({ bytesWritten }) => bytesWritten)),
      await outcome(file.read(Buffer.alloc(5), 0, 5, 0).then(({ bytesRead }) => bytesRead)),
    ];
    await file.close();
    return results;
  } catch (error) {
    return [(error as NodeJS.ErrnoException).code];
  }
}

for (const flags of FLAGS) {
  eachDirectory(`as FileHandle: flags ${flags} on a file that is there, and on none`, async (t, target) => {
    const [ours, theirs] = [await scratchFile(t, target, CONTENT), await scratchFile(t, target, CONTENT)];
    t.deepEqual(await uses(open(ours, flags)), await uses(openTheirs(theirs, flags)));
    t.deepEqual(readFileSync(ours), readFileSync(theirs));
    const [mine, other] = [`${ours}-new`, `${theirs}-new`];
    t.deepEqual(await uses(open(mine, flags, 0o640)), await uses(openTheirs(other, flags, 0o640)));
    if (flags.startsWith('r')) return;
    t.deepEqual(readFileSync(mine), readFileSync(other));
    const [one, two] = [await open(mine), await openTheirs(other, 'r')];
    t.is((await one.stat()).mode, (await two.stat()).mode);
    await Promise.all([one.close(), two.close()]);
  });
}

eachTarget('aligned memory is used without a copy, one form as the other [kernel AIO]', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.alloc(65_536));
  const file = await open(path, 'r+');
  t.teardown(() => file.close());
  t.true(file.direct);
  t.is(file.engine, 'aio');
  t.is(file.path, path);
  t.true(file.fd > 2);
  const buffers = [1, 2, 3, 4].map((value) => allocate(8192).fill(value));
  t.is((await file.writev(buffers.slice(0, 2), 0)).bytesWritten, 16_384);
  t.is((await file.write(buffers[2] as Buffer, { position: 16_384, exact: true })).bytesWritten, 8192);
  t.is((await file.writeBatch([buffers[3] as Buffer], [24_576])).bytesWritten, 8192);
  await file.datasync();
  await file.sync();
  const whole = allocate(32_768);
  t.is((await file.read(whole, { position: 0, exact: true })).bytesRead, 32_768);
  t.true(whole.every((byte, at) => byte === 1 + Math.floor(at / 8192)));
});

eachTarget('flags of single operations are carried out, or refused by the kernel with a code', async (t, target) => {
  const file = await open(await scratchFile(t, target, Buffer.alloc(65_536)), 'r+');
  t.teardown(() => file.close());
  const buffer = allocate(8192).fill(9);
  const outcome = (work: Promise<object>) => work.then(() => 'done', codeOf);
  t.is(await outcome(file.write(buffer, { position: 0, dsync: true })), 'done');
  t.is(await outcome(file.write('unaligned', { position: 77, dsync: true })), 'done');
  t.is(await outcome(file.read(buffer, { position: 0, priority: { class: 'idle' } })), 'done');
  t.is(await outcome(file.read(buffer, { position: 0, priority: { class: 'best-effort', level: 0 } })), 'done');
  t.true(['done', 'EAGAIN', 'ENOTSUP'].includes(await outcome(file.read(buffer, { position: 0, nowait: true }))));
  t.true(['done', 'EINVAL', 'ENOTSUP'].includes(await outcome(file.write(buffer, { position: 0, atomic: true }))));
  t.is(await outcome(file.write(Buffer.alloc(100), { position: 0, atomic: true })), 'ERR_AIO_MISALIGNED');
  t.is(await outcome(file.read(buffer, { position: 0 })), 'done', 'after refusals');
});

eachDirectory('appends come one after the other at the end, whole or not', async (t, target) => {
  const path = await scratchFile(t, target);
  const files = await Promise.all([open(path, 'a'), open(path, 'r+')]);
  t.teardown(() => Promise.all(files.map((file) => file.close())));
  const parts = Array.from({ length: 30 }, (_, index) => {
    const size = index % 3 === 0 ? 4096 : 1 + index * 17;
    return allocate(size)
      .fill(index + 1)
      .subarray(0, size);
  });
  const [one, other] = files;
  await Promise.all(
    parts.map((part, index) => (index % 2 === 0 ? one : other).write(part, { append: true, position: 0 })),
  );
  const content = readFileSync(path);
  t.is(
    content.byteLength,
    parts.reduce((sum, part) => sum + part.byteLength, 0),
  );
  // In whatever order: every part is there whole.
  for (let at = 0; at < content.byteLength;) {
    const part = parts[(content[at] ?? 0) - 1] ?? Buffer.alloc(1);
    t.deepEqual(content.subarray(at, at + part.byteLength), Buffer.from(part));
    at += part.byteLength;
  }
});

eachDirectory('large operations from any memory come through whole', async (t, target) => {
  const path = await scratchFile(t, target);
  const file = await open(path, 'r+');
  t.teardown(() => file.close());
  const large = Buffer.alloc((3 << 20) + 12_345, CONTENT);
  t.is((await file.write(large, { position: 1001 })).bytesWritten, large.byteLength);
  const back = Buffer.alloc(large.byteLength + 10);
  t.is((await file.read(back, { position: 1001 })).bytesRead, large.byteLength);
  t.true(back.subarray(0, large.byteLength).equals(large));
  t.is((await file.stat()).size, 1001 + large.byteLength);
  const many = Array.from({ length: 1500 }, () => allocate(4096));
  t.is((await file.readv(many, 0)).bytesRead, 1001 + large.byteLength);
});

eachDirectory('preallocated space is there, and the length follows keepSize [native]', async (t, target) => {
  const file = await open(await scratchFile(t, target), 'r+');
  t.teardown(() => file.close());
  await file.preallocate({ length: 1 << 20, keepSize: true });
  t.is((await file.stat()).size, 0);
  await file.preallocate({ length: 1 << 20 });
  const { size, blocks } = await file.stat();
  t.is(size, 1 << 20);
  t.true(blocks * 512 >= 1 << 20);
  t.true((await file.readFile()).every((byte) => byte === 0));
  await t.throwsAsync(file.preallocate({ length: 0 }), { code: 'ERR_OUT_OF_RANGE' });
});

eachDevice('a failed batch tells every result', async (t, target) => {
  const file = await open(await scratchFile(t, target), 'r+');
  t.teardown(() => file.close());
  const far = 2 ** 53 - 4096;
  const { index, results, code, position } = await t.throwsAsync<BatchError>(
    file.writeBatch(allocate(12_288), [0, far, 4096]),
  );
  t.deepEqual([index, results[0], results[2], position, code], [1, 4096, 4096, far, 'ENOSPC']);
});

eachDirectory('open takes paths of every kind, and is disposable', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  for (const kind of [
    path,
    Buffer.from(path),
    pathToFileURL(path),
    join(target.directory, '.', path.slice(target.directory.length)),
  ]) {
    await using file = await open(kind);
    t.is((await file.stat()).size, CONTENT.byteLength);
  }
});

eachTarget('a bigint is a position', async (t, target) => {
  const file = await open(await scratchFile(t, target, CONTENT));
  t.teardown(() => file.close());
  const { buffer } = await file.read(Buffer.alloc(100), { position: 4096n });
  t.deepEqual(buffer, CONTENT.subarray(4096, 4196));
});

eachDevice("a kernel failure looks like Node's and has the caller in its stack", async (t, target) => {
  const path = await scratchFile(t, target);
  const file = await open(path, 'r+');
  t.teardown(() => file.close());
  async function theCaller(): Promise<void> {
    await file.write(allocate(4096), { position: 2 ** 53 - 4096 });
  }
  const error = await t.throwsAsync<KernelError>(theCaller);
  t.is(error.code, 'ENOSPC');
  t.true(error.errno < 0);
  t.is(error.syscall, 'write');
  t.is(error.path, path);
  t.is(error.position, 2 ** 53 - 4096);
  t.regex(String(error.stack), /at async theCaller/);
});

eachDirectory('whoever carries it out, what is in aligned memory arrives', async (t, target) => {
  const path = await scratchFile(t, target);
  for (const options of [{}, { engine: 'fs' }, { direct: 'never' }] as const) {
    await using file = await open(path, { flags: 'w+', ...options });
    await file.write(allocate(8192).fill('a'), { position: 0 });
    await file.writev([allocate(4096).fill('b'), allocate(4096).fill('c')], 8192);
    await file.write(allocate(4096).fill('d'), { append: true });
    await file.writeBatch([allocate(4096).fill('e')], [0]);
    const expected = Buffer.concat(['e', 'a', 'b', 'c', 'd'].map((letter) => Buffer.alloc(4096, letter)));
    t.deepEqual(readFileSync(path), expected, JSON.stringify(options));
    t.deepEqual((await file.read(allocate(20_480), { position: 0 })).buffer.equals(expected), true);
    const { buffers } = await file.readv([allocate(4096), allocate(8192)], 4096);
    t.true(Buffer.concat(buffers).equals(expected.subarray(4096, 16_384)));
    await file.readBatch(buffers, [8192, 0]);
    t.true(Buffer.concat(buffers).equals(Buffer.concat([expected.subarray(8192, 12_288), expected.subarray(0, 8192)])));
  }
});
