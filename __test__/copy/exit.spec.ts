import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';

import { copyFile } from '../../index.js';
import { ownDirectory } from '../support/own-directory.js';
import { run } from '../support/run.js';
import { patterned } from '../support/sparse.js';
import { rootTarget } from '../support/targets.js';

test('a process that exits in the middle of a copy leaves nothing', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, patterned(1 << 20, 1));
  const { code, stderr } = await run(process.execPath, ['--import=tsx', '__test__/support/exit.fixture.ts', from, to]);
  t.is(code, 7, stderr);
  t.deepEqual(await readdir(directory), ['from']);
});

test('nor does one that exits as soon as the temporary file is there', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, patterned(1 << 20, 1));
  const fixture = ['--import=tsx', '__test__/support/exit.fixture.ts', from, to, 'at once'];
  const { code, stderr } = await run(process.execPath, fixture);
  t.is(code, 7, stderr);
  t.deepEqual(await readdir(directory), ['from']);
});

test('a directory that has another name by then has nothing left', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'a/to')];
  mkdirSync(join(directory, 'a'));
  writeFileSync(from, patterned(1 << 20, 1));
  await t.throwsAsync(
    copyFile(from, to, {
      progress() {
        renameSync(join(directory, 'a'), join(directory, 'b'));
      },
    }),
    { code: 'ENOENT' },
  );
  t.deepEqual(await readdir(join(directory, 'b')), []);
});

test('where the directory cannot be opened to make the name durable, nothing is replaced', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, 'new');
  writeFileSync(to, 'old');
  const { code, stderr } = await run(process.execPath, [
    '--import=tsx',
    '__test__/support/unreadable.fixture.ts',
    directory,
    from,
    to,
  ]);
  await chmod(directory, 0o700);
  t.is(code, 0, stderr);
  t.is(readFileSync(to, 'utf8'), 'old');
  t.deepEqual((await readdir(directory)).sort(), ['from', 'to']);
});

test('a program that changes its directory meanwhile has its copy where it was to be', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  writeFileSync(join(directory, 'from'), patterned(1 << 20, 1));
  const { code, stderr } = await run(process.execPath, [
    '--import=tsx',
    '__test__/support/chdir.fixture.ts',
    directory,
  ]);
  t.is(code, 0, stderr);
  t.deepEqual((await readdir(directory)).sort(), ['from', 'to']);
});
