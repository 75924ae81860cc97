/** Writes that extend a file and adjoin each other go by one system call: what that fails with, and whose failure it is. */
import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';

import { BLOCK, type Report } from '../support/adjoining.fixture.js';
import { rootTarget, scratchFile } from '../support/targets.js';
import { runInjected, traced } from '../support/traced.js';

function failures({ ends }: Report): number {
  return ends.filter((end) => typeof end === 'string').length;
}

/**
 * Each helper thread's second pwritev2(2) fails; the first is of the write that came first, alone. Tried again where the second is
 * of one alone as well: where JavaScript's thread was so slow that no others were there yet.
 */
async function written(t: ExecutionContext, errno: string, how: string): Promise<Report & { injected: number }> {
  for (let tries = 0; ; tries++) {
    const report = await writtenOnce(t, errno, how);
    const alone = failures(report) === 1 && typeof report.ends[1] === 'string';
    if (!alone || tries === 5) return report;
  }
}

async function writtenOnce(t: ExecutionContext, errno: string, how: string): Promise<Report & { injected: number }> {
  const path = await scratchFile(t, rootTarget());
  const inject = `error=${errno}:when=2`;
  const { stdout, injected } = await runInjected(t, 'pwritev2', inject, 'adjoining.fixture.ts', path, how);
  const report = JSON.parse(stdout) as Report;
  const content = readFileSync(path);
  for (const [index, end] of report.ends.entries()) {
    if (end === errno) continue;
    t.is(end, BLOCK);
    t.true(content.subarray(index * BLOCK, (index + 1) * BLOCK).equals(Buffer.alloc(BLOCK, index + 1)), `${index}`);
  }
  return { ...report, injected };
}

for (const errno of ['EIO', 'ENOSPC', 'EFBIG']) {
  traced(`of writes that fail together with ${errno}, each has its own end [needs strace]`, async (t) => {
    const report = await written(t, errno, 'plainly');
    // One that was by itself has met the fault itself.
    t.true(failures(report) <= report.injected - Math.min(1, report.joined), JSON.stringify(report));
    t.is(report.synced, 'synced');
  });
}

for (const how of ['by an option', 'by the descriptor']) {
  const title = `writes that are durable ${how} and meet EIO together are all not known to be`;
  traced(`${title} [needs strace]`, async (t) => {
    const report = await written(t, 'EIO', how);
    t.true(report.joined > 0 && failures(report) > report.injected, JSON.stringify(report));
    t.is(report.synced, 'EIO');
  });
}

traced('durable writes for which there is no space together have each its own end [needs strace]', async (t) => {
  const report = await written(t, 'ENOSPC', 'by an option');
  t.true(failures(report) <= report.injected - Math.min(1, report.joined), JSON.stringify(report));
});
