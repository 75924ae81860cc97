import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

import { cli, directory, fileOf } from '../support/cli.js';
import { run } from '../support/run.js';

/** What needs escaping, and what only looks like it. */
const NAMES = ['plain', 'with space', 'back\\slash', 'new\nline', 'return\r', '\\n', ' begins', '*star', 'Größe'];

test('sha256sum -c reads it, whatever the names', async (t) => {
  const place = await directory(t);
  const files = NAMES.map((name, index) => fileOf(place, name, index * 70_001).path);
  const { code, stdout, stderr } = await cli(['hash', ...files]);
  t.is(code, 0, stderr);
  t.is(stdout.split('\n').length, NAMES.length + 1);
  const list = join(place, 'sums');
  writeFileSync(list, stdout);
  const checked = await run('sha256sum', ['--check', '--strict', list]);
  t.is(checked.code, 0, checked.stdout + checked.stderr);
  t.is(checked.stdout.match(/: OK$/gm)?.length, NAMES.length);
});

test('reads what sha256sum writes, and tells what is wrong', async (t) => {
  const place = await directory(t);
  const files = NAMES.map((name, index) => fileOf(place, name, index * 70_001).path);
  const list = join(place, 'sums');
  writeFileSync(list, (await run('sha256sum', files)).stdout);
  const good = await cli(['hash', '--check', list]);
  t.is(good.code, 0, good.stderr);
  t.is(good.stdout.match(/: OK$/gm)?.length, NAMES.length);
  writeFileSync(files[1]!, 'something else');
  const bad = await cli(['hash', '--check', '--quiet', list]);
  t.is(bad.code, 1);
  t.is(bad.stdout, `${files[1]}: FAILED\n`);
  t.is(bad.stderr, `linux-aio: ${list}: 1 checksum is not that of the file\n`);
  for (const file of files.slice(3, 5)) rmSync(file);
  const worse = await cli(['hash', '--check', '--quiet', list]);
  t.is(worse.code, 1);
  t.is(worse.stdout.match(/: FAILED open or read$/gm)?.length, 2);
  t.true(
    worse.stderr.endsWith(
      `${list}: 2 files could not be read\nlinux-aio: ${list}: 1 checksum is not that of the file\n`,
    ),
  );
});

test('other algorithms', async (t) => {
  const { path, content } = fileOf(await directory(t), 'file', 1_234_567);
  for (const algorithm of ['md5', 'sha512']) {
    const { code, stdout } = await cli(['hash', '--algorithm', algorithm, path]);
    t.is(code, 0);
    t.is(stdout, `${createHash(algorithm).update(content).digest('hex')}  ${path}\n`);
  }
});

test('a missing file is one line, and the others are hashed', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'file', 10);
  const { code, stdout, stderr } = await cli(['hash', join(place, 'missing'), path]);
  t.is(code, 1);
  t.true(stdout.endsWith(`  ${path}\n`));
  t.is(stdout.trim().split('\n').length, 1);
  t.regex(stderr, /^linux-aio: .*missing: no such file or directory \(ENOENT\)\n$/);
});

test('a list without a checksum is a failure', async (t) => {
  const { path } = fileOf(await directory(t), 'list', 0);
  writeFileSync(path, 'nothing\nof that kind\n');
  const { code, stderr } = await cli(['hash', '--check', path]);
  t.is(code, 1);
  t.regex(stderr, /no line is a sha256 checksum/);
});

test('checksums of another algorithm are not called wrong, and those with its name are read', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'file', 100);
  const list = join(place, 'list');
  writeFileSync(list, (await run('md5sum', [path])).stdout);
  const wrong = await cli(['hash', '--check', list]);
  t.is(wrong.code, 1);
  t.regex(wrong.stderr, /no line is a sha256 checksum and a name, but some of another --algorithm\n$/);
  t.is((await cli(['hash', '--check', '--algorithm', 'MD5', list])).code, 0);
  writeFileSync(list, (await run('sha256sum', ['--tag', path])).stdout);
  const tagged = await cli(['hash', '--check', list]);
  t.is(tagged.code, 0, tagged.stderr);
  t.regex(tagged.stdout, /: OK\n$/);
  t.is((await cli(['hash', '--check', '--algorithm', 'sha512-256', list])).code, 1);
});
