/** Whoever gives no block back is told why his program ends; whoever forgets a reader has its memory and its file back. */
import test from 'ava';

import { run } from '../support/run.js';
import { rootTarget, scratchFile } from '../support/targets.js';

for (const [how, told] of [
  ['keeps', /LINUX_AIO_UNRELEASED\] Warning: Nothing is left to do, and one call waits/],
  ['releases', /^$/],
] as const) {
  test(`a program that ${how} blocks`, async (t) => {
    const path = await scratchFile(t, rootTarget(), Buffer.alloc(40_000, 1));
    const { code, stdout, stderr } = await run(process.execPath, [
      '--import=tsx',
      '__test__/support/unreleased.fixture.ts',
      path,
      how,
    ]);
    t.is(code, 0);
    t.is(stdout, how === 'keeps' ? '' : 'all of it\n');
    t.regex(stderr, told);
  });
}

test('readers of a pool that are forgotten leave nothing behind', async (t) => {
  const path = await scratchFile(t, rootTarget(), Buffer.alloc(200_000, 1));
  const { stdout, stderr } = await run(process.execPath, [
    '--expose-gc',
    '--import=tsx',
    '__test__/support/forgotten.fixture.ts',
    path,
  ]);
  t.is(stdout, '{"files":0,"held":0}\n', stderr);
});
