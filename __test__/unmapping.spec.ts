import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import test from 'ava';

import { run } from './support/run.js';
import { rootTarget, scratchFile } from './support/targets.js';

const FIXTURE = ['--import=tsx', resolve('__test__/support/unmapping.fixture.ts')];
/** Of `allocate`, of a pool, and little: sizes that nobody else happens to have. */
const SIZES = [96, 48, 3].map((mebibytes) => (mebibytes << 20) + 5 * 4096);

const traced = spawnSync('strace', ['-V']).error === undefined ? test : test.skip;

traced(
  'memory above 16 MiB is unmapped by another thread than the one that gives it back [needs strace]',
  async (t) => {
    const root = rootTarget();
    const log = await scratchFile(t, root, Buffer.alloc(0));
    const trace = ['-f', '-e', 'trace=munmap', '-o', log];
    const { code, stderr } = await run('strace', [...trace, process.execPath, ...FIXTURE, ...SIZES.map(String)]);
    t.is(code, 0, stderr);
    const calls = [...readFileSync(log, 'utf8').matchAll(/^(\d+) +munmap\(0x[0-9a-f]+, (\d+)/gm)];
    const threads = SIZES.map((size) => calls.filter(([, , length]) => Number(length) === size).map(([, id]) => id));
    t.deepEqual(
      threads.map((unmapped) => unmapped.length),
      [1, 1, 1],
    );
    const [[own], [pooled], [little]] = threads as [[string], [string], [string]];
    t.not(own, little, "JavaScript's thread");
    t.not(pooled, little, "JavaScript's thread");
  },
);
