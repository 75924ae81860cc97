import { writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';

import { ownDirectory } from '../support/own-directory.js';
import { run } from '../support/run.js';
import { patterned } from '../support/sparse.js';
import { rootTarget } from '../support/targets.js';

test('a process that exits in the middle of a copy leaves nothing', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  writeFileSync(from, patterned(1 << 20, 1));
  const { code, stderr } = await run(process.execPath, ['--import=tsx', '__test__/support/exit.fixture.ts', from, to]);
  t.is(code, 7, stderr);
  t.deepEqual(await readdir(directory), ['from']);
});
