import test from 'ava';

import { open, probe } from '../index.js';
import { eachDevice, eachDirectory, eachTarget, scratchFile } from './support/targets.js';

/** What statfs(2) and /proc call the targets' filesystems. */
const SOURCES = ['statx', 'xfs', 'block', 'trial', 'statfs'];

eachTarget('a file tells the same of itself as when it is open', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.alloc(65_536));
  const report = await probe(path);
  const file = await open(path);
  t.teardown(() => file.close());
  t.is(report.path, path);
  t.is(report.direct, true);
  t.deepEqual(report.alignment, file.alignment);
  t.true(SOURCES.includes(file.alignment.source));
  t.true(report.aio);
  t.is(report.aioReason, undefined);
  t.true((report.limits.limit ?? 0) > 0);
  t.true(report.advice.length > 0 && report.advice.every((sentence) => sentence.endsWith('.')));
  t.regex(report.kernel, /^\d+\.\d+/);
});

eachDirectory('a directory tells of new files in it', async (t, target) => {
  const report = await probe(target.directory);
  t.is(report.kind, 'directory');
  t.is(report.direct, true);
  t.true((report.alignment?.offset ?? 0) > 0);
  if (target.name !== 'root') t.is(report.filesystem, target.name);
});

eachDevice('a sector size that is told is kept to', async (t, target) => {
  const { alignment, device } = await probe(target.device);
  t.is(alignment?.offset, target.name === 'loop-4096' ? 4096 : 512);
  t.is(device?.logicalBlockSize, alignment?.offset);
});

test('what exists but cannot be used is no error, and says why', async (t) => {
  for (const path of ['/dev/null', '/proc/version']) {
    const { direct, directReason, alignment } = await probe(path);
    t.is(direct, false);
    t.truthy(directReason);
    t.is(alignment, undefined);
  }
  await t.throwsAsync(probe('/nowhere'), { code: 'ENOENT' });
  await t.throwsAsync(probe('a\0b'), { code: 'ERR_INVALID_ARG_VALUE' });
});
