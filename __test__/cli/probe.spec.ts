import test from 'ava';

import { probe } from '../../index.js';
import { cli, isOneLine } from '../support/cli.js';
import { rootTarget } from '../support/targets.js';

test('tells what probe tells, and what follows', async (t) => {
  const { directory } = rootTarget();
  const report = await probe(directory);
  const { code, stdout, stderr } = await cli(['probe', directory]);
  t.is(code, 0, stderr);
  const words = stdout.replaceAll(/\s+/g, ' ');
  t.true(words.includes(directory));
  if (report.filesystem !== undefined) t.true(words.includes(report.filesystem));
  if (report.alignment !== undefined) t.true(words.includes(`memory to ${report.alignment.memory} bytes`));
  for (const sentence of report.advice) t.true(words.includes(sentence.replaceAll(/\s+/g, ' ')), sentence);
  t.false(stdout.includes('\u001b'));
  for (const line of stdout.split('\n')) t.true(line.length <= 100, line);
});

test('the same as JSON', async (t) => {
  const { directory } = rootTarget();
  const { code, stdout, stderr } = await cli(['probe', '--json', directory]);
  t.is(code, 0, stderr);
  const { limits, ...report } = await probe(directory);
  t.like(JSON.parse(stdout), JSON.parse(JSON.stringify(report)) as object);
  t.truthy(limits);
});

test('what cannot be used is told, and is no failure', async (t) => {
  const { code, stdout } = await cli(['probe', '/dev/null']);
  t.is(code, 0);
  t.regex(stdout, /direct I\/O +no/);
});

test('a missing path is one line', async (t) => {
  isOneLine(t, await cli(['probe', '/nowhere/at/all']), 1, /\/nowhere\/at\/all: no such file or directory \(ENOENT\)/);
});
