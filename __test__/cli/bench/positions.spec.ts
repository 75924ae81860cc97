import test from 'ava';
import fc from 'fast-check';

import type { Job } from '../../../src/cli/bench/job.js';
import { positionsOf, randomNumbers } from '../../../src/cli/bench/positions.js';

function jobOf(pattern: Job['pattern'], size: number, blockSize: number, threads = 1): Job {
  return {
    ...{ path: '', pattern, readPercent: 50, blockSize, depth: 1, threads },
    ...{ runtime: 1, rampTime: 0, size, rate: undefined },
  };
}

const blockSizes = fc.constantFrom(512, 4096, 1 << 20);

test('random positions are blocks of the target, of a large one too', (t) => {
  fc.assert(
    fc.property(blockSizes, fc.integer({ min: 1, max: 2 ** 33 }), fc.integer(), (blockSize, blocks, seed) => {
      const next = positionsOf(jobOf('randread', blocks * blockSize, blockSize), 0, seed);
      for (let count = 0; count < 20; count++) {
        const position = next();
        t.is(position % blockSize, 0);
        t.true(position >= 0 && position + blockSize <= blocks * blockSize);
      }
    }),
  );
});

test('random positions are spread evenly, and the same for the same seed', (t) => {
  const job = jobOf('randread', 8 * 4096, 4096);
  const [one, same] = [positionsOf(job, 0, 7), positionsOf(job, 0, 7)];
  const counts = new Array<number>(8).fill(0);
  for (let count = 0; count < 8000; count++) {
    const position = one();
    t.is(position, same());
    counts[position / 4096]!++;
  }
  // Five standard deviations.
  for (const count of counts) t.true(Math.abs(count - 1000) < 150, `${count}`);
});

test('seeds beside each other are other sequences', (t) => {
  const [one, other] = [randomNumbers(1), randomNumbers(2)];
  t.notDeepEqual(Array.from({ length: 8 }, one), Array.from({ length: 8 }, other));
});

test('sequential threads begin at their shares, and each goes through all of it', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 8 }), (blocks, threads) => {
      const job = jobOf('read', blocks * 4096 + 100, 4096, threads);
      for (let thread = 0; thread < threads; thread++) {
        const next = positionsOf(job, thread, 0);
        const seen = Array.from({ length: blocks }, next);
        const [first = -1] = seen;
        t.is(first, Math.floor((blocks * thread) / threads) * 4096);
        t.is(new Set(seen).size, blocks);
        t.true(seen.every((position) => position % 4096 === 0 && position < blocks * 4096));
        t.is(next(), first);
      }
    }),
  );
});
