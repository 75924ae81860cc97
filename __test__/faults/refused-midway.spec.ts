/** System calls of kernel AIO that a sandbox refuses from some moment on, while operations are under way. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import test from 'ava';

import { run } from '../support/run.js';
import { rootTarget, scratchFile } from '../support/targets.js';

const FIXTURE = ['--import=tsx', resolve('__test__/support/refused-midway.fixture.ts')];
const COUNT = 200;
/** One that hangs is ended, and told by its signal. */
const LIMIT = ['timeout', '--signal=KILL', '120'] as const;

const traced = spawnSync('strace', ['-V']).error === undefined ? test.serial : test.skip;

for (const errno of ['EPERM', 'ENOSYS', 'EACCES']) {
  for (const [call, reaping] of [
    ['io_getevents', 'call'],
    ['io_submit', 'ring'],
    ['io_submit', 'call'],
  ] as const) {
    const outcome = call === 'io_getevents' ? 'nothing fails' : 'what was not taken fails with it';
    traced(`${call} refused with ${errno} midway, reaped by ${reaping}: ${outcome} [needs strace]`, async (t) => {
      const root = rootTarget();
      const path = await scratchFile(t, root, Buffer.alloc(COUNT * 4096));
      const inject = `inject=${call}:error=${errno}:when=4+`;
      const strace = ['strace', '-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
      const [timeout, ...limit] = LIMIT;
      const ended = await run(timeout, [...limit, ...strace, process.execPath, ...FIXTURE, path, reaping]);
      t.deepEqual([ended.code, ended.signal], [0, null], ended.stderr);
      const { written = 0, read = 0, ...failed } = JSON.parse(ended.stdout) as Record<string, number>;
      if (call === 'io_getevents') {
        t.deepEqual([written, read, failed], [COUNT, COUNT, {}]);
      } else {
        t.true(written > 0, 'some went before');
        t.deepEqual(Object.keys(failed), [errno]);
        t.is(written + read + (failed[errno] ?? 0), 2 * COUNT);
      }
    });
  }
}
