import { resolve } from 'node:path';
import test from 'ava';

import { run } from './support/run.js';
import { rootTarget, scratchFile } from './support/targets.js';

test('a runtime that refuses external memory gets copies of its own, and is told what it cannot have', async (t) => {
  const root = rootTarget();
  const path = await scratchFile(t, root, Buffer.alloc(8192, 'c'));
  const fixture = ['--expose-gc', '--import=tsx', resolve('__test__/support/copied-memory.fixture.ts'), path];
  const { code, stdout, stderr } = await run(process.execPath, fixture, undefined, { LINUX_AIO_MEMORY: 'copied' });
  t.deepEqual(
    { code, lines: stdout.trimEnd().split('\n') },
    {
      code: 0,
      lines: [
        'engine aio true',
        'content true',
        'bounced 3',
        'transferred ERR_AIO_BUFFER_DETACHED none EFAULT',
        'untouched true',
        'aborted ABORT_ERR',
        'untouched true',
        'shared ERR_AIO_EXTERNAL_MEMORY',
        'disposed 0',
        'required ERR_AIO_EXTERNAL_MEMORY',
        'through node:fs false This runtime refuses memory that is not its own',
        'collected true',
      ],
    },
    stderr,
  );
});
