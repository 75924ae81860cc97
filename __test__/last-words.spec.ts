/** A program that ends with something left undone is told what, once. */
import test from 'ava';

import { run } from './support/run.js';
import { rootTarget, scratchFile } from './support/targets.js';

for (const [how, output, told] of [
  ['forgets to flush', '', /LINUX_AIO_UNFLUSHED\] Warning: Nothing is left to do, and operations wait/],
  ['flushes', '4096\n', /^$/],
] as const) {
  test(`a program that ${how}`, async (t) => {
    const path = await scratchFile(t, rootTarget(), Buffer.alloc(4096, 1));
    const fixture = '__test__/support/unflushed.fixture.ts';
    const { code, stdout, stderr } = await run(process.execPath, ['--import=tsx', fixture, path, how]);
    t.is(code, 0);
    t.is(stdout, output);
    t.regex(stderr, told);
    t.is(stderr.split('LINUX_AIO_UNFLUSHED').length, output === '' ? 2 : 1);
  });
}
