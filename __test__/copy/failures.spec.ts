/** Whatever ends a copy leaves the destination as it was, and nothing beside it. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';

import {
  BufferPool,
  copyFile,
  hashFile,
  open,
  verifyFile,
  type AioError,
  type CopyOptions,
  type CopyResult,
} from '../../index.js';
import { readFully } from '../../src/copy/fully.js';
import { turnOfOthers } from '../../src/clock.js';
import { withDevices } from '../support/loop.js';
import { ownDirectory } from '../support/own-directory.js';
import { eachSmallDisk, onFailingDisk } from '../support/small-disk.js';
import { contentOf, layout, patterned, writeSparse } from '../support/sparse.js';
import { eachDirectory, rootTarget } from '../support/targets.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 40);
const BEFORE = Buffer.from('what was there before');

interface Interrupted {
  readonly turns: number;
  readonly replaces: boolean;
  readonly options: CopyOptions;
}

const interrupted: fc.Arbitrary<Interrupted> = fc.record({
  turns: fc.oneof(fc.nat(12), fc.nat(200)),
  replaces: fc.boolean(),
  options: fc.record({
    blockSize: fc.constantFrom(4096, 65_536),
    inFlight: fc.constantFrom(1, 5, 32),
    verify: fc.boolean(),
    preserve: fc.boolean(),
  }),
});

eachDirectory('an abort at any moment leaves all or nothing', async (t, target) => {
  const directory = await ownDirectory(t, target);
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  const ends = { aborted: 0, complete: 0 };
  await fc.assert(
    fc.asyncProperty(layout, interrupted, async (sparse, { turns, replaces, options }) => {
      writeSparse(from, sparse);
      if (replaces) writeFileSync(to, BEFORE);
      else await rm(to, { force: true });
      const controller = new AbortController();
      const copy = copyFile(from, to, { ...options, signal: controller.signal });
      const end = copy.then(
        () => undefined,
        (error: unknown) => error as NodeJS.ErrnoException,
      );
      for (let turn = 0; turn < turns; turn++) await turnOfOthers();
      controller.abort(new Error('enough'));
      const error = await end;
      if (error === undefined) {
        ends.complete++;
        t.true(readFileSync(to).equals(contentOf(sparse)));
      } else {
        ends.aborted++;
        t.deepEqual([error.name, error.code, (error.cause as Error).message], ['AbortError', 'ABORT_ERR', 'enough']);
        if (replaces) t.true(readFileSync(to).equals(BEFORE));
        else t.false(existsSync(to));
      }
      t.deepEqual((await readdir(directory)).sort(), existsSync(to) ? ['from', 'to'] : ['from']);
    }),
    { numRuns: 3 * RUNS },
  );
  t.true(ends.aborted > 0, JSON.stringify(ends));
});

test('an aborted signal begins nothing', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, 'content');
  const signal = AbortSignal.abort();
  for (const call of [
    () => copyFile(from, to, { signal }),
    () => verifyFile(from, from, { signal }),
    () => hashFile(from, { signal }),
  ]) {
    await t.throwsAsync(call, { name: 'AbortError' });
  }
  t.deepEqual(await readdir(directory), ['from']);
});

test('an abort when all is written comes in time', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, patterned(100_000, 1));
  const controller = new AbortController();
  const progress = (): void => {
    controller.abort();
  };
  await t.throwsAsync(copyFile(from, to, { progress, signal: controller.signal }), { name: 'AbortError' });
  t.deepEqual(await readdir(directory), ['from']);
});

for (const phase of ['copy', 'verify'] as const) {
  test(`what a progress callback throws ends the copy: in its phase ${phase}`, async (t) => {
    const directory = await ownDirectory(t, rootTarget());
    const [from, to] = [join(directory, 'from'), join(directory, 'to')];
    writeFileSync(from, patterned(100_000, 1));
    writeFileSync(to, BEFORE);
    const thrown = new Error('no more');
    const copy = copyFile(from, to, {
      verify: true,
      progress: (progress) => {
        if (progress.phase === phase) throw thrown;
      },
    });
    t.is(await t.throwsAsync(copy), thrown);
    t.true(readFileSync(to).equals(BEFORE));
    t.deepEqual((await readdir(directory)).sort(), ['from', 'to']);
  });
}

eachDirectory('a copy that is not what was written is found out, and is not published', async (t, target) => {
  const directory = await ownDirectory(t, target);
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  const content = patterned(2_000_001, 9);
  writeFileSync(from, content);
  writeFileSync(to, BEFORE);
  for (const [position, options] of [
    [0, {}],
    [1_234_567, { inFlight: 1 }],
    [2_000_000, { blockSize: 4096 }],
  ] as const) {
    const names = await readdir(directory);
    const copy = copyFile(from, to, {
      ...options,
      verify: true,
      progress: ({ phase, bytes, total }) => {
        // Not midway: the page would be written back into a write.
        if (phase === 'copy' && bytes === total) spoil(position);
      },
    });
    const spoil = (at: number): void => {
      const [name = ''] = readdirSync(directory).filter((each) => !names.includes(each));
      const fd = openSync(join(directory, name), 'r+');
      writeSync(fd, Buffer.of(content[at]! ^ 1), 0, 1, at);
      closeSync(fd);
    };
    const error = await t.throwsAsync(copy, { code: 'ERR_AIO_VERIFY_FAILED' });
    t.true(error.message.includes(`'${to}' differs`), error.message);
    t.true(error.message.includes(` at ${position}:`), error.message);
    t.true(readFileSync(to).equals(BEFORE));
    t.deepEqual((await readdir(directory)).sort(), ['from', 'to']);
  }
});

test('a source that became shorter is told', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const from = join(directory, 'from');
  writeFileSync(from, patterned(100_000, 1));
  await using file = await open(from);
  truncateSync(from, 50_000);
  using pool = BufferPool.create();
  using block = pool.acquire(100_352);
  const error = await t.throwsAsync<AioError>(readFully(file, block, 0, 100_000), {
    code: 'ERR_AIO_FILE_CHANGED',
    message: /from' became shorter/,
  });
  t.is(error.path, from);
  await readFully(file, block, 0, 50_000);
  t.true(block.subarray(0, 50_000).equals(patterned(100_000, 1).subarray(0, 50_000)));
});

/** Copies, with the source cut or longer when the first phase has ended: what comes after it sees another file. */
async function copyChanged(from: string, to: string, length: number): Promise<CopyResult> {
  let changed = false;
  const progress = (): void => {
    if (!changed) truncateSync(from, length);
    changed = true;
  };
  return copyFile(from, to, { progress, verify: true });
}

test('a source that is cut meanwhile is an error, and one that grows is copied as long as it was', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  const content = patterned(3_000_000, 1);
  for (const length of [0, content.length - 1]) {
    writeFileSync(from, content);
    await t.throwsAsync(copyChanged(from, to, length), { code: 'ERR_AIO_FILE_CHANGED' });
    t.deepEqual(await readdir(directory), ['from']);
  }
  writeFileSync(from, content);
  t.is((await copyChanged(from, to, content.length + 5)).size, content.length);
  t.true(readFileSync(to).equals(content));
});

eachSmallDisk('what does not fit is ENOSPC, and leaves the disk as it was', async (t, disk) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(disk, 'to')];
  writeFileSync(from, patterned(16 << 20, 1));
  writeFileSync(to, BEFORE);
  const before = (await readdir(disk)).sort();
  for (const options of [{}, { inFlight: 1, blockSize: 4096 }, { verify: true, preserve: true }]) {
    const error = await t.throwsAsync<NodeJS.ErrnoException>(copyFile(from, to, options), { code: 'ENOSPC' });
    t.is(error.path, to);
    t.false(error.message.includes('.part'), error.message);
    t.true(readFileSync(to).equals(BEFORE));
    t.deepEqual((await readdir(disk)).sort(), before);
  }
});

eachSmallDisk('what is larger than the disk, but for its holes, fits [native]', async (t, disk) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(disk, 'to')];
  writeSparse(from, { size: 64 << 20, parts: [{ start: 32 << 20, end: 33 << 20, content: patterned(1 << 20, 5) }] });
  const { holes } = await copyFile(from, to, { verify: true });
  t.true(holes > 60 << 20);
  t.is((await stat(to)).size, 64 << 20);
});

onFailingDisk('a device that fails beneath a copy is EIO, and leaves no name [O_DIRECT]', async (t, disk) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(disk, 'to')];
  writeFileSync(from, patterned(32 << 20, 1));
  const error = await t.throwsAsync<NodeJS.ErrnoException>(copyFile(from, to));
  t.true(['EIO', 'ENOSPC', 'EROFS'].includes(error.code ?? ''), String(error));
  t.deepEqual(await readdir(disk), ['lost+found']);
});

withDevices('a source whose device fails is EIO, for all three [native]', async (t, place) => {
  const loop = place.attach(4 << 20);
  const to = join(place.mount('destination', '-t', 'tmpfs', 'tmpfs'), 'to');
  writeFileSync(loop.backing, patterned(4 << 20, 3));
  writeFileSync(to, BEFORE);
  loop.cut(2 << 20);
  for (const options of [{}, { blockSize: 4096, inFlight: 3 }]) {
    for (const call of [
      () => copyFile(loop.device, to, options),
      () => hashFile(loop.device, options),
      () => verifyFile(loop.device, loop.device, options),
    ]) {
      await t.throwsAsync(call, { code: 'EIO' });
    }
  }
  t.true(readFileSync(to).equals(BEFORE));
  t.deepEqual(await readdir(join(to, '..')), ['to']);
});

withDevices('a read-only filesystem is EROFS', async (t, place) => {
  const directory = place.mount('read-only', '-t', 'tmpfs', 'tmpfs');
  const from = join(directory, 'from');
  writeFileSync(from, 'content');
  execFileSync('mount', ['-o', 'remount,ro', directory]);
  for (const to of ['to', 'from-other'].map((name) => join(directory, name))) {
    const error = await t.throwsAsync<NodeJS.ErrnoException>(copyFile(from, to), { code: 'EROFS' });
    t.is(error.path, to);
  }
  t.deepEqual(await readdir(directory), ['from']);
});

test('what has no disk I/O is refused on either side, at once', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, 'content');
  const [fifo, inside] = [join(directory, 'fifo'), join(directory, 'inside')];
  execFileSync('mkfifo', [fifo]);
  await mkdir(inside);
  for (const path of [fifo, '/dev/null', '/proc/self/status', inside]) {
    for (const call of [
      () => copyFile(path, to),
      () => hashFile(path),
      () => verifyFile(from, path),
      () => verifyFile(path, from),
    ]) {
      await t.throwsAsync(call, { code: 'ERR_AIO_UNSUPPORTED_FILE' });
    }
  }
  for (const path of [fifo, '/dev/null']) {
    const error = await t.throwsAsync<AioError>(copyFile(from, path), { code: 'ERR_AIO_UNSUPPORTED_FILE' });
    t.is(error.path, path);
  }
  for (const path of [inside, `${inside}/`]) await t.throwsAsync(copyFile(from, path), { code: 'EISDIR' });
  await t.throwsAsync(copyFile(from, `${directory}/missing/`), { code: 'ENOTDIR', message: /no such directory/ });
  for (const path of ['', join(directory, 'missing', 'to'), join(directory, 'missing')]) {
    const call = path.endsWith('missing') ? copyFile(path, to) : copyFile(from, path);
    const error = await t.throwsAsync<NodeJS.ErrnoException>(call, { code: 'ENOENT' });
    t.is(error.path, path);
  }
  await t.throwsAsync(copyFile(from, `${from}/to`), { code: 'ENOTDIR' });
  t.deepEqual((await readdir(directory)).sort(), ['fifo', 'from', 'inside']);
});
