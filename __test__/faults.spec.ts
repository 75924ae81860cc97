import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import test from 'ava';

import { run } from './support/run.js';
import { scratchFile, targets } from './support/targets.js';

const FIXTURE = ['--import=tsx', resolve('__test__/support/faults.fixture.ts')];
const COUNT = 200;

const traced = spawnSync('strace', ['-V']).error === undefined ? test : test.skip;

/** What the kernel is made to answer, and the errors that operations may end with. */
const FAULTS: readonly (readonly [
  call: string,
  inject: string,
  reaping: 'ring' | 'call',
  errors: readonly string[],
])[] = [
  ['io_submit', 'error=EAGAIN:when=2+3', 'ring', []],
  ['io_submit', 'error=EAGAIN:when=1..50', 'ring', []],
  ['io_submit', 'error=EINTR:when=1+2', 'ring', []],
  ['io_submit', 'error=ENOMEM:when=3+4', 'call', []],
  ['io_submit', 'error=EAGAIN', 'ring', ['EAGAIN']],
  ['io_submit', 'error=EIO:when=2+5', 'ring', ['EIO']],
  ['io_submit', 'error=EINVAL:when=1+7', 'call', ['EINVAL']],
  ['io_submit', 'error=ENOSYS', 'ring', ['ENOSYS']],
  ['io_getevents', 'error=EINTR:when=1+2', 'call', []],
  ['io_getevents', 'error=EAGAIN:when=2+3', 'call', []],
  ['io_getevents', 'error=EIO:when=1..20', 'call', []],
  ['io_destroy', 'error=EPERM', 'ring', []],
];

for (const [call, inject, reaping, errors] of FAULTS) {
  const title = `${call} made to answer ${inject}, reaped by ${reaping}: every operation settles`;
  traced(`${title}, and others are right [needs strace]`, async (t) => {
    const [root] = targets();
    if (root === undefined || !('directory' in root)) throw new Error('no target root');
    const path = await scratchFile(t, root, Buffer.alloc(COUNT * 4096));
    const trace = ['-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${inject}`];
    const { code, stdout, stderr } = await run('strace', [...trace, process.execPath, ...FIXTURE, path, reaping]);
    t.is(code, 0, stderr);
    const { written = 0, read = 0, ...others } = JSON.parse(stdout) as Record<string, number>;
    const failed = Object.values(others).reduce((sum, count) => sum + count, 0);
    t.is(written + read + failed, 2 * COUNT);
    t.deepEqual(Object.keys(others), failed > 0 ? [...errors] : []);
    // One that never ends is measured as slow, and helpers go round it.
    if (errors.length > 0 && errors[0] !== 'EAGAIN') t.true(failed > 0, 'the fault was met');
  });
}
