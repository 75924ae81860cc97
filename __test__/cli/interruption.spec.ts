import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { cli, cliInTerminal, directory, fileOf, NOTES, PROGRAM } from '../support/cli.js';
import { run } from '../support/run.js';
import { rootTarget } from '../support/targets.js';

/** Small blocks, one after the other: it takes seconds, and is ended in the middle. */
const SLOW = ['--block-size', '4k', '--in-flight', '1'];

/** Made before any program runs, which would have the machine for itself meanwhile. */
let source = '';
test.before(() => {
  source = fileOf(mkdtempSync(join(rootTarget().directory, 'cli-')), 'source', 128 << 20).path;
});
test.after.always(() => {
  rmSync(dirname(source), { recursive: true });
});

/** Behind the lines of progress, which a slow machine has. */
const STOPPED = /(^|\n)linux-aio: stopped\n$/;

const HIDES_CURSOR = '\u001b[?25l';

/** Sends a signal once something new is in a directory: the file under its temporary name. */
function killsWhenBegun(t: ExecutionContext, place: string, signal: NodeJS.Signals): (child: ChildProcess) => void {
  return (child) => {
    const watcher = watch(place, () => {
      watcher.close();
      setTimeout(() => child.kill(signal), 50);
    });
    t.teardown(() => {
      watcher.close();
    });
  };
}

/** Once the cursor is hidden, for a bar. */
function whenDrawn(child: ChildProcess, interrupt: () => void): void {
  let drawn = '';
  child.stdout?.on('data', (data: Buffer) => {
    const before = drawn.includes(HIDES_CURSOR);
    drawn += data.toString();
    if (!before && drawn.includes(HIDES_CURSOR)) interrupt();
  });
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} in the middle of a copy leaves nothing`, async (t) => {
    const place = await directory(t);
    const ended = await cli(['copy', ...SLOW, source, join(place, 'copy')], killsWhenBegun(t, place, signal));
    t.is(ended.code, code, ended.stderr);
    t.regex(ended.stderr, STOPPED);
    t.deepEqual(readdirSync(place), []);
  });
}

test('SIGINT in the middle of a copy leaves what was there', async (t) => {
  const place = await directory(t);
  const there = fileOf(place, 'there', 100);
  const ended = await cli(['copy', ...SLOW, source, there.path], killsWhenBegun(t, place, 'SIGINT'));
  t.is(ended.code, 130, ended.stderr);
  t.deepEqual(readdirSync(place), ['there']);
  t.true(readFileSync(there.path).equals(there.content));
});

test('SIGINT while a file is laid out, or measured, leaves nothing', async (t) => {
  for (const size of ['1M', '4G']) {
    const place = await directory(t);
    const parameters = ['bench', place, '--size', size, '--runtime', '1m'];
    const ended = await cli(parameters, killsWhenBegun(t, place, 'SIGINT'));
    t.is(ended.code, 130, ended.stderr);
    t.regex(ended.stderr, STOPPED);
    t.deepEqual(readdirSync(place), []);
  }
});

test('Ctrl-C in a terminal gives the cursor back', async (t) => {
  const place = await directory(t);
  const ended = await cliInTerminal(['copy', ...SLOW, source, join(place, 'copy')], {}, '', (child) => {
    // The terminal's group: what Ctrl-C reaches.
    whenDrawn(child, () => child.stdin?.write('\u0003'));
  });
  t.is(ended.code, 130, ended.stdout);
  t.true(ended.stdout.lastIndexOf('\u001b[?25h') > ended.stdout.lastIndexOf(HIDES_CURSOR));
  t.deepEqual(readdirSync(place), []);
});

test('a reader that goes away is no error', async (t) => {
  const place = await directory(t);
  const { path } = fileOf(place, 'file', 10);
  // More lines than a pipe holds, so that they cannot all be written before head has gone.
  const files = Array.from({ length: 2000 }, () => path);
  const script = 'set -o pipefail; "$@" | head -n 1';
  const began = performance.now();
  const { code, stdout, stderr } = await run('bash', ['-c', script, 'bash', ...PROGRAM, 'hash', ...files]);
  t.is(stderr.replace(NOTES, ''), '');
  t.is(stdout.trim().split('\n').length, 1);
  t.is(code, 141, `after ${Math.round(performance.now() - began)} ms`);
});

test('a result that cannot be written is a failure, in one line', async (t) => {
  const { path } = fileOf(await directory(t), 'file', 10);
  const { code, stdout } = await cliInTerminal(['hash', '--quiet', path], {}, '> /dev/full');
  t.is(code, 1);
  t.regex(stdout.replace(/^linux-aio: note: .*\r\n/gm, ''), /^linux-aio: standard output: [^\n]*full \(ENOSPC\)\r\n$/);
});
