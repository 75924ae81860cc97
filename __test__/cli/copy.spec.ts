import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

import { cli, directory, fileOf, isOneLine, PROGRESS } from '../support/cli.js';

test('copies a file of odd length, and says so in one line', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'source', 3_000_001);
  const copy = join(place, 'copy');
  const { code, stdout, stderr } = await cli(['copy', path, copy]);
  t.is(code, 0, stderr);
  t.is(stderr.replace(PROGRESS, ''), '');
  t.regex(stdout, /^[^\n]*copy: copied 2\.9 MiB in [\d.]+ s, [\d.]+ MiB\/s\n$/);
  t.true(readFileSync(copy).equals(content));
  t.deepEqual(readdirSync(place).sort(), ['copy', 'source']);
});

test('copies into a directory under the same name', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'source', 100);
  mkdirSync(join(place, 'sub'));
  const { code, stderr } = await cli(['copy', path, join(place, 'sub')]);
  t.is(code, 0, stderr);
  t.true(readFileSync(join(place, 'sub/source')).equals(content));
});

test('a directory behind a link is where the link leads', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'source', 100);
  mkdirSync(join(place, 'elsewhere/sub'), { recursive: true });
  symlinkSync('elsewhere/sub', join(place, 'link'));
  const { code, stderr } = await cli(['copy', path, `${place}/link/..`]);
  t.is(code, 0, stderr);
  t.true(readFileSync(join(place, 'elsewhere/source')).equals(content));
});

test('reads back what it has written, and keeps mode and times, where it is told to', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'source', 100_001);
  chmodSync(path, 0o640);
  utimesSync(path, 1_000_000_000, 1_000_000_000);
  const copy = join(place, 'copy');
  const options = ['--verify', '--preserve', '--flush', '--block-size', '16k', '--in-flight', '3'];
  const { code, stdout, stderr } = await cli(['copy', ...options, path, copy]);
  t.is(code, 0, stderr);
  t.regex(stdout, /copied 97\.7 KiB and read it back, the same, in [\d.]+ s\n$/);
  t.true(readFileSync(copy).equals(content));
  t.is(statSync(copy).mode & 0o777, 0o640);
  t.is(statSync(copy).mtimeMs, 1e12);
});

test('quietly, it says nothing', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'source', 100);
  t.like(await cli(['copy', '--quiet', path, join(place, 'copy')]), { code: 0, stdout: '', stderr: '' });
});

test('a destination that exists is replaced, but not with --exclusive', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'source', 100);
  const there = fileOf(place, 'there', 200);
  isOneLine(t, await cli(['copy', '--exclusive', path, there.path]), 1, /there: exists already \(EEXIST\)/);
  t.true(readFileSync(there.path).equals(there.content));
  t.is((await cli(['copy', path, there.path])).code, 0);
  t.true(readFileSync(there.path).equals(content));
});

test('a missing source is one line, and nothing is made', async (t) => {
  const place = await directory(t);
  const ended = await cli(['copy', join(place, 'source'), join(place, 'copy')]);
  isOneLine(t, ended, 1, /source: no such file or directory \(ENOENT\)/);
  t.deepEqual(readdirSync(place), []);
});

test('a missing directory to copy to is one line', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'source', 100);
  isOneLine(t, await cli(['copy', path, join(place, 'no/copy')]), 1, /no such file or directory/);
});

test('a source that is a directory is one line', async (t) => {
  const place = await directory(t);
  isOneLine(t, await cli(['copy', place, join(place, 'copy')]), 1, /directory/);
  t.deepEqual(readdirSync(place), []);
});
