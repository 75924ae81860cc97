import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

import { cli, directory, fileOf, isOneLine, PROGRESS } from '../support/cli.js';

test('the same bytes are exit code 0', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'a', 3_000_001);
  writeFileSync(join(place, 'b'), content);
  const { code, stdout, stderr } = await cli(['verify', path, join(place, 'b')]);
  t.is(code, 0, stderr);
  t.regex(stdout, /are the same: 2\.9 MiB/);
});

test('other bytes are exit code 1, and the first of them is told', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'a', 3_000_001);
  content[2_000_003]! ^= 1;
  writeFileSync(join(place, 'b'), content);
  const { code, stdout, stderr } = await cli(['verify', path, join(place, 'b')]);
  t.is(code, 1);
  t.is(stderr.replace(PROGRESS, ''), '');
  t.regex(stdout, /differ, first at byte 2000003 /);
});

test('a file that goes on differs where the other ends', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'a', 5000);
  writeFileSync(join(place, 'b'), content.subarray(0, 4999));
  for (const order of [
    [path, join(place, 'b')],
    [join(place, 'b'), path],
  ]) {
    const { code, stdout } = await cli(['verify', ...order]);
    t.is(code, 1);
    t.regex(stdout, /differ: .*\/b ends at byte 4999, and is the same up to there/);
  }
});

test('quietly, the exit code tells', async (t) => {
  const place = await directory(t);
  const [a, b] = [fileOf(place, 'a', 5000), fileOf(place, 'b', 5000)];
  t.like(await cli(['verify', '--quiet', a.path, b.path]), { code: 1, stdout: '', stderr: '' });
  t.like(await cli(['verify', '--quiet', a.path, a.path]), { code: 0, stdout: '', stderr: '' });
});

test('a missing file is one line', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'a', 5000);
  isOneLine(t, await cli(['verify', path, join(place, 'b')]), 1, /b: no such file or directory/);
});
