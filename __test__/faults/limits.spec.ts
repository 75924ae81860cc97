/** What a process may have, as setrlimit(2) says: by prlimit, in a program of its own. */
import { resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { run } from '../support/run.js';
import { rootTarget, scratchFile } from '../support/targets.js';

const LIMIT = 1 << 20;

async function limited(t: ExecutionContext, what: string, limit: number): Promise<unknown> {
  const root = rootTarget();
  const path = await scratchFile(t, root, Buffer.alloc(1024));
  const program = ['--import=tsx', resolve('__test__/support/limits.fixture.ts'), what, path, `${limit}`];
  // Without its cache, which is written while the program is at work: with descriptors that the test counts.
  const ended = await run(process.execPath, program, undefined, { TSX_DISABLE_CACHE: '1' });
  t.deepEqual([ended.code, ended.signal, ended.stderr], [0, null, '']);
  return JSON.parse(ended.stdout);
}

test('at the largest size of files writes are short, then EFBIG, and what is in the file is as told', async (t) => {
  const ends = {
    across: LIMIT,
    beyond: 'EFBIG write',
    unaligned: 'EFBIG write',
    vectored: 2 * 4096,
    truncated: 'EFBIG ftruncate',
    preallocated: 'EFBIG fallocate',
    right: true,
    within: 1000,
  };
  t.deepEqual(await limited(t, 'sizes', LIMIT), {
    aligned: { ...ends, appended: 'EFBIG writev' },
    copied: { ...ends, appended: 'EFBIG write' },
    size: LIMIT,
  });
});

test('without a free descriptor opening and queues fail with EMFILE, leave nothing, and work later', async (t) => {
  // Not node:fs in place of kernel AIO: the shortage passes.
  t.deepEqual(await limited(t, 'descriptors', 48), {
    opened: 'EMFILE open',
    created: 'EMFILE eventfd',
    insisted: 'EMFILE eventfd',
    byDefault: 'EMFILE eventfd',
    written: 5000,
    left: 0,
    contexts: 0,
    engine: 'aio',
  });
});
