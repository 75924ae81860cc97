import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';

import { hashFile, type HashOptions, type Progress } from '../../index.js';
import { turnOfOthers } from '../../src/clock.js';
import { ownDirectory } from '../support/own-directory.js';
import { contentOf, layout, patterned, writeSparse } from '../support/sparse.js';
import { eachDirectory, rootTarget } from '../support/targets.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 40);

const part: fc.Arbitrary<HashOptions> = fc.record(
  {
    start: fc.nat(400_000),
    end: fc.nat(1_500_000),
    blockSize: fc.constantFrom(4096, 5000, 65_536, 1 << 20),
    inFlight: fc.constantFrom(1, 2, 16, 100),
    algorithm: fc.constantFrom('sha256', 'sha1', 'md5', 'sha512'),
  },
  { requiredKeys: [] },
);

eachDirectory("the digest is that of the part's bytes", async (t, target) => {
  const path = join(await ownDirectory(t, target), 'file');
  await fc.assert(
    fc.asyncProperty(layout, part, async (sparse, options) => {
      const { start = 0, end = Infinity, algorithm = 'sha256' } = options;
      fc.pre(end >= start);
      writeSparse(path, sparse);
      const expected = createHash(algorithm)
        .update(contentOf(sparse).subarray(start, end + 1))
        .digest();
      const digest = await hashFile(path, options);
      t.true(Buffer.isBuffer(digest));
      t.deepEqual(digest, expected);
    }),
    { numRuns: 2 * RUNS },
  );
});

test('progress ends with everything, and an abort stops it', async (t) => {
  const path = join(await ownDirectory(t, rootTarget()), 'file');
  writeFileSync(path, patterned(5_000_000, 1));
  const told: Progress[] = [];
  await hashFile(path, { start: 10, end: 19, progress: (each) => told.push(each) });
  t.deepEqual(told, [{ phase: 'hash', bytes: 10, total: 10 }]);
  for (const turns of [0, 1, 3, 6]) {
    const controller = new AbortController();
    const end = hashFile(path, { signal: controller.signal, blockSize: 4096, inFlight: 3 });
    const refused = t.throwsAsync(end, { name: 'AbortError' });
    for (let turn = 0; turn < turns; turn++) await turnOfOthers();
    controller.abort();
    await refused;
  }
  const thrown = new Error('no more');
  const throwing = hashFile(path, {
    progress: () => {
      throw thrown;
    },
  });
  t.is(await t.throwsAsync(throwing), thrown);
});

test('what is wrong with a call is told before anything is opened', async (t) => {
  const path = join(await ownDirectory(t, rootTarget()), 'missing');
  for (const options of [{ algorithm: 5 }, { start: -1 }, { end: 1.5 }, { start: 5, end: 4 }, { progress: 1 }]) {
    const error = await t.throwsAsync<NodeJS.ErrnoException>(hashFile(path, options as unknown as HashOptions));
    t.regex(error.code ?? '', /^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/);
  }
  await t.throwsAsync(hashFile(path, { algorithm: 'crc-of-my-own' }), { message: /digest/i });
  await t.throwsAsync(hashFile(path), { code: 'ENOENT' });
});
