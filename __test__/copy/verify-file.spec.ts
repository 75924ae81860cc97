import { writeFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';

import { verifyFile, type Progress } from '../../index.js';
import { ownDirectory } from '../support/own-directory.js';
import { contentOf, layout, patterned, writeSparse } from '../support/sparse.js';
import { eachDirectory, rootTarget } from '../support/targets.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 40);

const transfer = fc.record({
  blockSize: fc.constantFrom(4096, 65_536, 1 << 20),
  inFlight: fc.constantFrom(1, 2, 7, 64),
});

/** Where two differ first, the slow way. */
function firstDifference(one: Buffer, other: Buffer): number | undefined {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return at;
  return one.length === other.length ? undefined : length;
}

eachDirectory('the first byte that differs is found, in data and in holes', async (t, target) => {
  const directory = await ownDirectory(t, target);
  const [a, b] = [join(directory, 'a'), join(directory, 'b')];
  const flips = fc.array(fc.nat(), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      layout,
      flips,
      fc.integer({ min: -1, max: 1 }),
      transfer,
      async (sparse, places, more, options) => {
        writeSparse(a, sparse);
        const content = Buffer.concat([contentOf(sparse), Buffer.alloc(Math.max(0, more))]);
        const other = more < 0 ? content.subarray(0, -1) : content;
        for (const place of places) if (other.length > 0) other[place % other.length]! ^= 1;
        writeFileSync(b, other);
        const position = firstDifference(contentOf(sparse), other);
        for (const result of [await verifyFile(a, b, options), await verifyFile(b, a, options)]) {
          t.is(result.position, position);
          t.is(result.equal, position === undefined);
          t.is('position' in result, position !== undefined);
          t.true(result.bytes <= Math.min(sparse.size, other.length));
        }
      },
    ),
    { numRuns: RUNS },
  );
});

eachDirectory('data of zeros is equal to a hole, and holes of both are not read [native]', async (t, target) => {
  const directory = await ownDirectory(t, target);
  const [a, b] = [join(directory, 'a'), join(directory, 'b')];
  const size = 10_000_001;
  writeSparse(a, { size, parts: [] });
  writeSparse(b, { size, parts: [{ start: 4 << 20, end: 5 << 20, content: Buffer.alloc(1 << 20) }] });
  const { equal, bytes } = await verifyFile(a, b);
  t.true(equal);
  t.true(bytes >= 1 << 20 && bytes < 2 << 20, `${bytes}`);
  t.deepEqual(await verifyFile(a, a), { equal: true, bytes: 0 });
});

test('what is equal is, however it is called and dated', async (t) => {
  const directory = await ownDirectory(t, rootTarget());
  const [a, b] = [join(directory, 'a'), join(directory, 'b')];
  writeFileSync(a, patterned(12_345, 1));
  writeFileSync(b, patterned(12_345, 1));
  utimesSync(b, 1, 1);
  const told: Progress[] = [];
  t.deepEqual(await verifyFile(a, b, { progress: (each) => told.push(each) }), { equal: true, bytes: 12_345 });
  t.deepEqual(told, [{ phase: 'verify', bytes: 12_345, total: 12_345 }]);
  t.deepEqual(await verifyFile(a, a), { equal: true, bytes: 12_345 });
  await t.throwsAsync(verifyFile(a, join(directory, 'c')), { code: 'ENOENT' });
  await t.throwsAsync(verifyFile(a, undefined as unknown as string), { message: /"b"/ });
});
