import test from 'ava';

import { compareCaches } from '../../../examples/media-server/trial/cache.js';
import { Cgroup } from '../../../examples/media-server/trial/cgroup.js';
import { findProgram } from '../../support/find-program.js';
import { rootTarget } from '../../support/targets.js';

const MIB = 1 << 20;
const lacks = Cgroup.lacking() ?? (findProgram('fincore') === undefined ? 'fincore' : undefined);

/** The same with more of everything is `npm run media-server:cache`. */
const title = 'what others have in the page cache stays there under load with linux-aio, and goes with node:fs';
(lacks === undefined ? test : test.skip)(lacks === undefined ? title : `${title} [needs ${lacks}]`, async (t) => {
  const hotBytes = 64 * MIB;
  const [ours, nodes] = await compareCaches({
    directory: rootTarget().directory,
    loadBytes: 640 * MIB,
    clients: 16,
    limitBytes: 384 * MIB,
    hotBytes,
    fileBytes: 128 * MIB,
    files: 5,
  });
  t.deepEqual([ours?.tally.wrong, nodes?.tally.wrong], [[], []]);
  t.is(ours?.engine, 'linux-aio');
  t.true(ours!.hotBefore > 0.9 * hotBytes, `${ours!.hotBefore}`);
  // But for what the rest of the machine may have taken.
  t.true(ours!.hotAfter > 0.9 * hotBytes, `${ours!.hotAfter}`);
  t.is(ours?.servedAfter, 0);
  t.true(nodes!.hotBefore > 0.9 * hotBytes, `${nodes!.hotBefore}`);
  t.true(nodes!.hotAfter < hotBytes / 2, `${nodes!.hotAfter}`);
  t.true(nodes!.servedAfter > hotBytes);
});
