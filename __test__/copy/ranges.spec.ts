import test from 'ava';
import fc from 'fast-check';

import { bytesOf, either, pieces, widened } from '../../src/copy/ranges.js';
import type { Range } from '../../src/data-ranges.js';

const LENGTH = 2000;

/** Ranges as a filesystem tells them: in order, apart from each other. */
const ranges: fc.Arbitrary<Range[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: LENGTH }), { maxLength: 20 })
  .map((bounds) => {
    const sorted = bounds.sort((one, other) => one - other);
    const found: Range[] = [];
    for (let index = 0; index + 1 < sorted.length; index += 2)
      found.push({ start: sorted[index]!, end: sorted[index + 1]! });
    return found;
  });

async function* from(list: readonly Range[]): AsyncGenerator<Range, void, undefined> {
  for (const range of list) yield await Promise.resolve(range);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function covered(list: readonly Range[]): Set<number> {
  const bytes = new Set<number>();
  for (const { start, end } of list) for (let at = start; at < end; at++) bytes.add(at);
  return bytes;
}

test('widened ranges are apart, aligned, and hold no step that had nothing', async (t) => {
  await fc.assert(
    fc.asyncProperty(ranges, ranges, fc.constantFrom(1, 8, 64, 512), async (one, other, step) => {
      const found = await all(widened(either(from(one), from(other)), step, LENGTH));
      const wanted = covered([...one, ...other]);
      const steps = new Set([...wanted].map((at) => Math.floor(at / step)));
      t.deepEqual(
        [...covered(found)],
        Array.from({ length: LENGTH }, (_, at) => at).filter((at) => steps.has(Math.floor(at / step))),
      );
      for (const [index, { start, end }] of found.entries()) {
        t.true(start % step === 0 && (end % step === 0 || end === LENGTH));
        if (index > 0) t.true(start > found[index - 1]!.end);
      }
    }),
  );
});

test('pieces are in order, cover the ranges, and none is longer than asked for', async (t) => {
  await fc.assert(
    fc.asyncProperty(ranges, fc.integer({ min: 1, max: 300 }), async (list, size) => {
      const found = await all(pieces(from(list), size));
      t.true(found.every(({ length }) => length > 0 && length <= size));
      const parts = found.map(({ position, length }) => ({ start: position, end: position + length }));
      t.deepEqual([...covered(parts)], [...covered(list)]);
      t.is(await bytesOf(from(list)), covered(list).size);
    }),
  );
});
