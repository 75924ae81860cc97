/** What is drawn in a terminal, and that nothing of it is in a pipe. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

import { cli, cliInTerminal, directory, fileOf } from '../support/cli.js';

const HIDES_CURSOR = '\u001b[?25l';
const SHOWS_CURSOR = '\u001b[?25h';
const COLOUR = /\u001b\[(1|3[0-9]|9[0-9])m/;
const ESCAPE = '\u001b';

/** Small blocks, so that there is time to draw. */
const SLOW = ['--block-size', '4k', '--in-flight', '1'];

test('a copy draws a bar, takes it away and gives the cursor back', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'source', 8 << 20);
  const { code, stdout } = await cliInTerminal(['copy', ...SLOW, path, join(place, 'copy')]);
  t.is(code, 0, stdout);
  t.regex(stdout, /copying .*[█░].* \d+ % {2}[\d.]+ [KM]iB of 8 MiB, [\d.]+ MiB\/s/);
  t.regex(stdout, COLOUR);
  t.true(stdout.includes(HIDES_CURSOR));
  t.true(stdout.lastIndexOf(SHOWS_CURSOR) > stdout.lastIndexOf(HIDES_CURSOR));
  t.regex(stdout.slice(stdout.lastIndexOf(SHOWS_CURSOR)), /copy: copied 8 MiB in/);
  t.true(readFileSync(join(place, 'copy')).equals(content));
});

test('in a pipe there is neither bar nor colour', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'source', 8 << 20);
  const { code, stdout, stderr } = await cli(['copy', ...SLOW, path, join(place, 'copy')]);
  t.is(code, 0, stderr);
  t.false(`${stdout}${stderr}`.includes(ESCAPE));
  t.false(/[█░\r]/.test(`${stdout}${stderr}`));
});

test('with the output in a file the bar is in the terminal, and nothing of it in the file', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'source', 8 << 20);
  const output = join(place, 'output');
  const { code, stdout } = await cliInTerminal(['hash', ...SLOW, path], {}, `> '${output}'`);
  t.is(code, 0, stdout);
  t.regex(stdout, /hashing .*[█░]/);
  t.regex(readFileSync(output, 'utf8'), /^[0-9a-f]{64} {2}[^\n]*source\n$/);
});

test('with NO_COLOR there is a bar, and no colour', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'source', 8 << 20);
  const options = ['copy', ...SLOW, path, join(place, 'copy')];
  const { code, stdout } = await cliInTerminal(options, { NO_COLOR: '1', FORCE_COLOR: '1' });
  t.is(code, 0, stdout);
  t.regex(stdout, /copying .*[█░]/);
  t.notRegex(stdout, COLOUR);
});

test('a terminal that can do nothing gets plain lines', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'source', 8 << 20);
  const options = ['copy', ...SLOW, path, join(place, 'copy')];
  const { code, stdout } = await cliInTerminal(options, { TERM: 'dumb' });
  t.is(code, 0, stdout);
  t.false(stdout.includes(ESCAPE));
});

test('help and probe have colours in a terminal, and none with NO_COLOR', async (t) => {
  const place = await directory(t);
  for (const parameters of [['--help'], ['probe', place]]) {
    t.regex((await cliInTerminal(parameters)).stdout, COLOUR);
    t.false((await cliInTerminal(parameters, { NO_COLOR: '1' })).stdout.includes(ESCAPE));
    t.false((await cli(parameters, undefined, { FORCE_COLOR: '1' })).stdout.includes(ESCAPE));
  }
});

test('a measurement draws what it does', async (t) => {
  const place = await directory(t);
  const { code, stdout } = await cliInTerminal(['bench', place, '--runtime', '1s', '--size', '8M']);
  t.is(code, 0, stdout);
  t.regex(stdout, /randread .*[█░].* \d+ % {2}[\d.]+ ?k? op\/s/);
  t.true(stdout.lastIndexOf(SHOWS_CURSOR) > stdout.lastIndexOf(HIDES_CURSOR));
});
