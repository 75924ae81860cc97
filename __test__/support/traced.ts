import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { run, type Ended } from './run.js';
import { Turns } from './turns.js';

const turns = new Turns();

/** As ava's test, where there is strace(1). */
export const traced = spawnSync('strace', ['-V']).error === undefined ? test : test.skip;

/**
 * Runs a fixture whose calls of `call` are answered as strace's `inject` says. At least one has to be, and the fixture
 * has to end by itself, without a failure. It tells how many were, too.
 */
export async function runInjected(
  t: ExecutionContext,
  call: string,
  inject: string,
  fixture: string,
  ...parameters: readonly string[]
): Promise<Ended & { readonly injected: number }> {
  const log = join(tmpdir(), `linux-aio-trace-${randomUUID()}`);
  t.teardown(() => {
    rmSync(log, { force: true });
  });
  const trace = ['-f', '-o', log, '-e', `trace=${call}`, '-e', `inject=${call}:${inject}`];
  const program = [process.execPath, '--import=tsx', resolve('__test__/support', fixture), ...parameters];
  const ended = await turns.take(() => run('strace', [...trace, ...program]));
  t.deepEqual([ended.code, ended.signal], [0, null], ended.stderr);
  const injected = readFileSync(log, 'utf8').split('(INJECTED)').length - 1;
  t.true(injected > 0, 'the fault was met');
  return { ...ended, injected };
}
