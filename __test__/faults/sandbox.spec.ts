/** Seccomp filters as containers and services have them, by crates/linux-aio/tests/planted/sandbox.rs. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';

import type { Found } from '../support/ladder.fixture.js';
import { copyPackage } from '../support/copy.js';
import { run, type Ended } from '../support/run.js';
import { rootTarget, scratchFile } from '../support/targets.js';
import { Turns } from '../support/turns.js';

const turns = new Turns();
let sandbox = '';

test.before('the program that installs filters is built', async () => {
  const build = ['build', '--package=linux-aio', '--example=sandbox', '--message-format=json'];
  const { stdout } = await promisify(execFile)('cargo', build);
  sandbox = /"executable":"([^"]+sandbox)"/.exec(stdout)?.[1] ?? '';
});

async function confined(
  t: ExecutionContext,
  rules: readonly string[],
  { fixture = 'ladder', ring = 'ring', env = {} }: { fixture?: string; ring?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const path = await scratchFile(t, rootTarget());
  return confinedProgram(rules, fixture, [path, ring], env);
}

async function confinedProgram(
  rules: readonly string[],
  fixture: string,
  parameters: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const program = [process.execPath, '--import=tsx', resolve(`__test__/support/${fixture}.fixture.ts`)];
  return turns.take(() => run(sandbox, [...rules, '--', ...program, ...parameters], undefined, env));
}

/** Everything works through node:fs, who insists on kernel AIO is told by whom it is refused, and nothing is left. */
function isFallback(t: ExecutionContext, ended: Ended, errno: string, call: string): void {
  t.is(ended.code, 0, ended.stderr);
  const found = JSON.parse(ended.stdout) as Found;
  t.regex(found.reason ?? '', new RegExp(`${errno}.*${call}.*sandbox`));
  t.deepEqual(found, {
    engines: ['fs', 'fs'],
    reason: found.reason,
    file: { engine: 'fs', direct: true, reason: found.reason },
    right: true,
    queueFailure: [errno, call],
    fileFailure: 'ERR_AIO_UNSUPPORTED_RUNTIME',
    // With the ring, which nothing forbids to read, io_getevents is not needed.
    probed: call === 'io_getevents' ? 'works' : errno,
    contexts: 0,
  } as Found);
  t.is(ended.stderr.match(/LINUX_AIO_FALLBACK/g)?.length, 1, ended.stderr);
}

for (const errno of ['EPERM', 'ENOSYS', 'EACCES']) {
  for (const call of ['io_setup', 'io_submit', 'io_getevents'] as const) {
    test(`a filter that answers ${errno} to ${call}: files go through node:fs, with one warning`, async (t) => {
      const ring = call === 'io_getevents' ? 'call' : 'ring';
      isFallback(t, await confined(t, [`${call}=${errno}`], { ring }), errno, call);
    });
  }
}

test('a filter that answers EPERM to io_getevents alone: completions are read from the ring', async (t) => {
  const ended = await confined(t, ['io_getevents=EPERM']);
  t.is(ended.code, 0, ended.stderr);
  const { engines, right, contexts } = JSON.parse(ended.stdout) as Found;
  t.deepEqual([engines, right, contexts], [['aio', 'aio'], true, 0]);
  t.is(ended.stderr, '');
});

for (const errno of ['EPERM', 'ENOSYS']) {
  test(`a filter that answers ${errno} to io_destroy: kernel AIO works, and queues close`, async (t) => {
    const ended = await confined(t, [`io_destroy=${errno}`]);
    t.is(ended.code, 0, ended.stderr);
    const { engines, right, contexts } = JSON.parse(ended.stdout) as Found;
    t.deepEqual([engines, right], [['aio', 'aio'], true]);
    t.true(contexts > 0, 'which ends with the process');
    t.is(ended.stderr, '');
  });
}

test('a filter that forbids io_destroy: a worker that ends with reads into chunks under way waits, and ends', async (t) => {
  const path = await scratchFile(t, rootTarget(), Buffer.alloc(32 << 20, 'x'));
  const parameters = [path, 'ending', copyPackage(t, 'sandbox')];
  const ended = await confinedProgram(['io_destroy=EPERM'], 'unseen', parameters);
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stdout, /^with reads under way/);
});

test('a filter that ends the process at any call of kernel AIO is never met by LINUX_AIO_ENGINE=fs', async (t) => {
  const rules = ['io_setup', 'io_submit', 'io_getevents', 'io_destroy'].map((call) => `${call}=kill`);
  t.is((await confined(t, rules, { fixture: 'engine' })).signal, 'SIGSYS');
  const ended = await confined(t, rules, { fixture: 'engine', env: { LINUX_AIO_ENGINE: 'fs' } });
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stdout, /^fs true true /);
});
