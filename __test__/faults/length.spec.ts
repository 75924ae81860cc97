import type { Report } from '../support/uncut.fixture.js';
import { rootTarget, scratchFile } from '../support/targets.js';
import { runInjected, traced } from '../support/traced.js';

traced('padding that could not be cut off is no part of the file for who writes on [needs strace]', async (t) => {
  const path = await scratchFile(t, rootTarget(), Buffer.from('before,'));
  const { stdout } = await runInjected(t, 'ftruncate', 'error=EIO:when=1', 'uncut.fixture.ts', path);
  const { failure, content } = JSON.parse(stdout) as Report;
  t.is(failure, 'EIO ftruncate');
  // Without padding between. What failed for the cut alone was written, and is so once more.
  t.regex(content, /^before,first,(second)+$/);
});

traced('padding that was written over since is padding no more [needs strace]', async (t) => {
  const path = await scratchFile(t, rootTarget());
  const other = '7'.repeat(512);
  const { stdout } = await runInjected(t, 'ftruncate', 'error=EIO:when=1', 'uncut.fixture.ts', path, other);
  const { failure, content } = JSON.parse(stdout) as Report;
  t.is(failure, 'EIO ftruncate');
  t.regex(content, /^7{512}\0*(second\0*)+$/);
});

traced('a whole write of which the kernel writes nothing is no success [needs strace]', async (t) => {
  const path = await scratchFile(t, rootTarget(), Buffer.from('before'));
  const { stdout } = await runInjected(t, 'pwrite64', 'retval=0', 'nothing-written.fixture.ts', path);
  t.is(stdout.trim(), 'EIO');
});
