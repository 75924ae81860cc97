import test from 'ava';
import fc from 'fast-check';

import { RangeIndex, type Ranged } from '../src/range-index.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 300);
const PART = 16 * 1024;

/** Short and long ones, about few places, some without an end. */
const range = fc
  .tuple(fc.integer({ min: 0, max: 200 * PART }), fc.oneof(fc.nat(3 * PART), fc.nat(150 * PART), fc.constant(Infinity)))
  .map(([start, length]) => ({ start, end: start + 1 + length, seen: 0 }));

test('all that overlap are found, once each, and no others', (t) => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), fc.array(fc.nat(39)), range, (ranges, gone, other) => {
      const index = new RangeIndex<Ranged>();
      const there = new Set(ranges);
      for (const each of ranges) index.add(each);
      for (const at of gone) {
        const leaving = ranges[at];
        if (leaving === undefined || !there.delete(leaving)) continue;
        index.delete(leaving);
      }
      const found: Ranged[] = [];
      index.eachOverlapping(other, (each) => found.push(each));
      const expected = [...there].filter(({ start, end }) => start < other.end && other.start < end);
      return (
        found.length === expected.length &&
        new Set(found).size === found.length &&
        found.every((each) => expected.includes(each))
      );
    }),
    { numRuns: RUNS },
  );
  t.pass();
});
