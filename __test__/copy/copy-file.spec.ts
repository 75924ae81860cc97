import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import fc from 'fast-check';

import { copyFile, type CopyOptions, type Progress } from '../../index.js';
import { findProgram } from '../support/find-program.js';
import { ownDirectory } from '../support/own-directory.js';
import { contentOf, dataOf, layout, patterned, writeSparse } from '../support/sparse.js';
import { eachDirectory, rootTarget } from '../support/targets.js';

/** Copies a target. */
const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 40);
/** Beyond what filesystems round the bounds of holes to. */
const SURELY_A_HOLE = 128 * 1024;
const AS_ROOT = process.geteuid?.() === 0;

const manner: fc.Arbitrary<CopyOptions> = fc.record({
  blockSize: fc.constantFrom(4096, 10_000, 65_536, 1 << 20),
  inFlight: fc.constantFrom(1, 2, 16, 100),
  verify: fc.boolean(),
  preserve: fc.boolean(),
  exclusive: fc.boolean(),
  flush: fc.boolean(),
});

eachDirectory('copies have the bytes and the length of their source, whatever its holes', async (t, target) => {
  const directory = await ownDirectory(t, target);
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  await fc.assert(
    fc.asyncProperty(layout, manner, async (sparse, options) => {
      writeSparse(from, sparse);
      await rm(to, { force: true });
      const result = await copyFile(from, to, options);
      const content = contentOf(sparse);
      t.is(Buffer.compare(readFileSync(to), content), 0);
      t.is(result.size, sparse.size);
      t.is(result.bytes + result.holes, sparse.size);
      t.is(result.verified, options.verify === true);
      t.deepEqual((await readdir(directory)).sort(), ['from', 'to']);
    }),
    { numRuns: RUNS },
  );
});

eachDirectory('holes stay holes, and only they are left out [native]', async (t, target) => {
  const directory = await ownDirectory(t, target);
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  await fc.assert(
    fc.asyncProperty(layout, async (sparse) => {
      writeSparse(from, sparse);
      const { bytes, holes } = await copyFile(from, to);
      const [source, copy] = [await dataOf(from), await dataOf(to)];
      const within = (start: number, end: number): boolean =>
        copy.some((range) => range.start < end - SURELY_A_HOLE / 2 && range.end > start + SURELY_A_HOLE / 2);
      let last = 0;
      let surely = 0;
      for (const { start, end } of [...source, { start: sparse.size, end: sparse.size }]) {
        if (start - last > SURELY_A_HOLE) {
          surely += start - last - SURELY_A_HOLE;
          t.false(within(last, start), `${last} to ${start}`);
        }
        last = end;
      }
      t.true(holes >= surely && bytes >= sparse.parts.reduce((sum, { content }) => sum + content.length, 0));
    }),
    { numRuns: RUNS },
  );
});

for (const size of [0, 1, 4095, 4096, 4097, (3 << 20) + 17]) {
  eachDirectory(`a file of ${size} bytes`, async (t, target) => {
    const directory = await ownDirectory(t, target);
    const [from, to] = [join(directory, 'from'), join(directory, 'to')];
    const content = patterned(size, size);
    writeFileSync(from, content);
    t.deepEqual(await copyFile(from, to, { verify: true }), { size, bytes: size, holes: 0, verified: true });
    t.true(readFileSync(to).equals(content));
  });
}

eachDirectory('a file of hole alone takes no space [native]', async (t, target) => {
  const directory = await ownDirectory(t, target);
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  const size = (1 << 30) + 5;
  writeSparse(from, { size, parts: [] });
  t.deepEqual(await copyFile(from, to, { verify: true }), { size, bytes: 0, holes: size, verified: true });
  t.is((await stat(to)).size, size);
  t.true((await stat(to)).blocks < 1000);
});

test('a new file has the permissions of its source, less the umask, and not its times', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, 'content');
  chmodSync(from, 0o4776);
  await utimes(from, 1000, 2000);
  await copyFile(from, to);
  const { mode, mtimeMs } = await stat(to);
  const umask = Number.parseInt(execFileSync('sh', ['-c', 'umask'], { encoding: 'utf8' }), 8);
  t.is(mode & 0o7777, 0o776 & ~umask);
  t.not(mtimeMs, 2000);
});

test('mode and times are kept on request', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, patterned(100_001, 1));
  writeFileSync(to, 'is replaced');
  chmodSync(from, 0o4751);
  await utimes(from, 1_600_000_000.123_456, 1_500_000_000.654_321);
  const before = await stat(from, { bigint: true });
  await copyFile(from, to, { preserve: true, verify: true });
  const after = await stat(to, { bigint: true });
  t.is(after.mode, before.mode);
  const close = (one: bigint, other: bigint): boolean => one - other < 1000n && other - one < 1000n;
  t.true(close(after.mtimeNs, before.mtimeNs));
  t.true(close(after.atimeNs, before.atimeNs));
});

test('times before 1970 and nanoseconds are kept [native]', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, 'content');
  execFileSync('touch', ['-a', '-d', '1960-02-03 04:05:06.123456789Z', from]);
  execFileSync('touch', ['-m', '-d', '2020-02-03 04:05:06.987654321Z', from]);
  const times = (path: string): string => execFileSync('stat', ['--format=%x %y', path], { encoding: 'utf8' });
  const before = times(from);
  t.regex(before, /1960.*123456789.*2020.*987654321/);
  await copyFile(from, to, { preserve: true });
  t.is(times(to), before);
});

(AS_ROOT ? test : test.skip)('the owner is kept on request, and who replaces keeps what is replaced', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, 'content');
  chownSync(from, 1234, 4321);
  chmodSync(from, 0o6755);
  await copyFile(from, to);
  t.deepEqual([(await stat(to)).uid, (await stat(to)).gid], [0, process.getegid?.() ?? 0]);
  await copyFile(from, to, { preserve: true });
  const kept = await stat(to);
  t.deepEqual([kept.uid, kept.gid, kept.mode & 0o7777], [1234, 4321, 0o6755]);
  chownSync(to, 77, 88);
  chmodSync(to, 0o600);
  await copyFile(from, to);
  const replaced = await stat(to);
  t.deepEqual([replaced.uid, replaced.gid, replaced.mode & 0o7777], [77, 88, 0o600]);
});

test('exclusive refuses what exists, a link to nothing too, and takes a free name', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to, link] = [join(directory, 'from'), join(directory, 'to'), join(directory, 'link')];
  writeFileSync(from, 'content');
  await copyFile(from, to, { exclusive: true });
  writeFileSync(from, 'other content');
  const error = await t.throwsAsync<NodeJS.ErrnoException>(copyFile(from, to, { exclusive: true }), { code: 'EEXIST' });
  t.is(error.path, to);
  t.is(readFileSync(to, 'utf8'), 'content');
  symlinkSync('nowhere', link);
  await t.throwsAsync(copyFile(from, link, { exclusive: true }), { code: 'EEXIST' });
  t.deepEqual((await readdir(directory)).sort(), ['from', 'link', 'to']);
});

test('of exclusive copies at the same time one has the name, and the others nothing', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const sources = [1, 2, 3, 4].map((seed) => {
    const path = join(directory, `from-${seed}`);
    writeFileSync(path, patterned(300_000, seed));
    return path;
  });
  const to = join(directory, 'to');
  const copies = sources.map(async (from) => copyFile(from, to, { exclusive: true }));
  const ends = await Promise.allSettled(copies);
  const won = ends.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
  t.is(won.length, 1);
  for (const end of ends) if (end.status === 'rejected') t.is((end.reason as NodeJS.ErrnoException).code, 'EEXIST');
  t.true(readFileSync(to).equals(patterned(300_000, won[0]! + 1)));
  t.is((await readdir(directory)).length, 5);
});

test('copies to one name at the same time leave one of them, whole', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const to = join(directory, 'to');
  const contents = [1, 2, 3, 4].map((seed) => patterned(200_000 + seed, seed));
  const copies = contents.map(async (content, index) => {
    const from = join(directory, `from-${index}`);
    writeFileSync(from, content);
    await copyFile(from, to);
  });
  await Promise.all(copies);
  const found = readFileSync(to);
  t.is(contents.filter((content) => content.equals(found)).length, 1);
  t.is((await readdir(directory)).length, 5);
});

test('a file is not copied to itself, by whatever name', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const from = join(directory, 'from');
  writeFileSync(from, 'content');
  linkSync(from, join(directory, 'hard'));
  symlinkSync('from', join(directory, 'soft'));
  for (const to of [from, join(directory, 'hard'), join(directory, 'soft'), join(directory, '.', 'from')]) {
    for (const options of [{}, { exclusive: true }, { force: true }]) {
      await t.throwsAsync(copyFile(from, to, options), { code: 'ERR_AIO_SAME_FILE' });
    }
  }
  await t.throwsAsync(copyFile(join(directory, 'soft'), from), { code: 'ERR_AIO_SAME_FILE' });
  t.is(readFileSync(from, 'utf8'), 'content');
  t.deepEqual((await readdir(directory)).sort(), ['from', 'hard', 'soft']);
});

test('symbolic links are followed on both sides, and stay what they are', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  await mkdir(join(directory, 'inside'));
  writeFileSync(join(directory, 'from'), 'content');
  writeFileSync(join(directory, 'inside', 'to'), 'before');
  linkSync(join(directory, 'inside', 'to'), join(directory, 'other-name'));
  symlinkSync('from', join(directory, 'from-link'));
  symlinkSync('inside/to', join(directory, 'to-link'));
  await copyFile(join(directory, 'from-link'), join(directory, 'to-link'));
  t.is(readlinkSync(join(directory, 'to-link')), 'inside/to');
  t.false(lstatSync(join(directory, 'inside', 'to')).isSymbolicLink());
  t.is(readFileSync(join(directory, 'inside', 'to'), 'utf8'), 'content');
  t.is(readFileSync(join(directory, 'other-name'), 'utf8'), 'before', 'replaced, not written into');
  t.deepEqual(await readdir(join(directory, 'inside')), ['to']);
  symlinkSync('nowhere', join(directory, 'dangling'));
  await t.throwsAsync(copyFile(join(directory, 'from'), join(directory, 'dangling')), { code: 'ENOENT' });
  t.is(readlinkSync(join(directory, 'dangling')), 'nowhere');
});

test('progress counts up, phase by phase, to everything', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, patterned(1_000_000, 3));
  const told: Progress[] = [];
  await copyFile(from, to, { verify: true, blockSize: 4096, progress: (progress) => told.push({ ...progress }) });
  const last = { bytes: 1_000_000, total: 1_000_000 };
  t.deepEqual(
    told.filter(({ bytes, total }) => bytes === total),
    [
      { phase: 'copy', ...last },
      { phase: 'verify', ...last },
    ],
  );
  let before: Progress = { phase: 'copy', bytes: 0, total: 0 };
  for (const each of told) {
    t.true(each.phase !== before.phase || each.bytes > before.bytes);
    t.is(each.total, 1_000_000);
    before = each;
  }
});

test('of nothing, progress is told once', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, '');
  const told: Progress[] = [];
  await copyFile(from, to, { progress: (progress) => told.push(progress) });
  t.deepEqual(told, [{ phase: 'copy', bytes: 0, total: 0 }]);
});

test('paths are what Node takes: URLs, bytes, names as long as there are', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const from = pathToFileURL(join(directory, 'from'));
  writeFileSync(from, 'content');
  for (const name of ['x'.repeat(255), 'ü'.repeat(127), ' a b\n', '$&']) {
    await copyFile(from, Buffer.from(join(directory, name)));
    t.is(readFileSync(join(directory, name), 'utf8'), 'content');
  }
  t.is((await readdir(directory)).length, 5);
});

test('a path is bytes, not text: the name of a copy', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const from = join(directory, 'from');
  writeFileSync(from, 'content');
  const to = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0xfe, 0x41])]);
  await copyFile(from, to);
  t.is(readFileSync(to, 'utf8'), 'content');
  t.is((await readdir(directory, 'buffer')).length, 2);
});

test('what is wrong with a call is told before anything is opened', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, 'content');
  const wrong = [
    { blockSize: 4095 },
    { blockSize: '1' },
    { blockSize: 2 ** 27 },
    { inFlight: 0 },
    { inFlight: 1.5 },
    { progress: 'loud' },
    { signal: {} },
    { verify: 1 },
    { preserve: 'yes' },
    { exclusive: null },
    { force: 0 },
    { flush: '' },
  ] as unknown as CopyOptions[];
  for (const options of wrong) {
    const error = await t.throwsAsync<NodeJS.ErrnoException>(copyFile(join(directory, 'missing'), to, options));
    t.regex(error.code ?? '', /^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/);
  }
  await t.throwsAsync(copyFile(from, 5 as unknown as string), { message: /"destination"/ });
  await t.throwsAsync(copyFile(undefined as unknown as string, to), { message: /"source"/ });
  await t.throwsAsync(copyFile(from, 'a\0b'), { code: 'ERR_INVALID_ARG_VALUE' });
  await t.throwsAsync(copyFile(from, to, 7 as unknown as CopyOptions), { code: 'ERR_INVALID_ARG_TYPE' });
  t.deepEqual(await readdir(directory), ['from']);
});

const withLists = findProgram('setfacl') === undefined ? test.skip : test;

withLists('what is replaced keeps its access control list, and a copy is given the source’s [native]', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  const listOf = (path: string): string =>
    execFileSync('getfacl', ['--omit-header', '--absolute-names', '--numeric', path], { encoding: 'utf8' });
  for (const path of [from, to]) writeFileSync(path, 'content', { mode: 0o640 });
  execFileSync('setfacl', ['--modify', 'user:1234:rw,group::---', to]);
  const list = listOf(to);
  await copyFile(from, to);
  t.is(listOf(to), list);
  t.regex(list, /user:1234:rw-/);
  t.regex(list, /group::---/);
  await copyFile(to, `${to}-too`, { preserve: true });
  t.is(listOf(`${to}-too`), list);
  await copyFile(from, `${to}-too`, { preserve: true });
  t.false(listOf(`${to}-too`).includes('1234'));
});
