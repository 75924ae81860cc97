/** Programs of their own: what an early end, or a listener that throws, does to a stream. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import test from 'ava';

import { run } from '../support/run.js';
import { rootTarget, scratchFile } from '../support/targets.js';

test('a program that writes and does not end its stream loses nothing', async (t) => {
  const path = await scratchFile(t, rootTarget());
  const fixture = resolve('__test__/support/unended.fixture.ts');
  const { code, stderr } = await run(process.execPath, ['--import=tsx', fixture, path]);
  t.is(code, 0, stderr);
  t.is(readFileSync(path, 'utf8'), `${'a line\n'.repeat(5000)}the last`);
});

test('what a listener throws is uncaught, and the stream goes on', async (t) => {
  const path = await scratchFile(t, rootTarget());
  const fixture = resolve('__test__/support/throwing.fixture.ts');
  const { code, stdout, stderr } = await run(process.execPath, ['--import=tsx', fixture, path]);
  t.is(code, 0, stderr);
  t.deepEqual(stdout.trim().split('\n'), ['uncaught open', 'uncaught drain', 'uncaught finish']);
  t.is(statSync(path).size, 3 << 20);
});

test('files of streams that were forgotten are closed when all is written, with a warning', async (t) => {
  const path = await scratchFile(t, rootTarget());
  const fixture = resolve('__test__/support/forgotten-stream.fixture.ts');
  const { code, stdout, stderr } = await run(process.execPath, ['--expose-gc', '--import=tsx', fixture, path]);
  t.deepEqual({ code, stdout }, { code: 0, stdout: '600 closed\n' }, stderr);
  t.regex(stderr, /was collected while it was open/);
});
