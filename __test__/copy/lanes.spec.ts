import test from 'ava';

import { inLanes } from '../../src/copy/lanes.js';
import type { Piece } from '../../src/copy/ranges.js';
import { turnOfOthers } from '../../src/clock.js';

const SHAPE = { lanes: 4, blocks: 2, blockSize: 8192, signal: undefined };

/** As many pieces as are wanted, and how many were. */
async function* endless(taken: { count: number }): AsyncGenerator<Piece> {
  for (;;) yield { position: 4096 * taken.count++, length: await Promise.resolve(4096) };
}

async function* some(count: number): AsyncGenerator<Piece> {
  for (let index = 0; index < count; index++) yield { position: index, length: await Promise.resolve(1) };
}

test('each piece is worked on once, in order, by so many at a time, each with memory of its own', async (t) => {
  const positions: number[] = [];
  const held = new Set<Buffer>();
  let most = 0;
  await inLanes(some(100), SHAPE, async ({ position }, blocks) => {
    positions.push(position);
    t.is(blocks.length, 2);
    for (const block of blocks) {
      t.is(block.length, 8192);
      t.false(held.has(block));
      held.add(block);
    }
    most = Math.max(most, held.size);
    await turnOfOthers();
    for (const block of blocks) held.delete(block);
    return true;
  });
  t.deepEqual(
    positions,
    Array.from({ length: 100 }, (_, index) => index),
  );
  t.is(most, 8);
});

test('a failure stops all, is waited for by those under way, and is what the call rejects with', async (t) => {
  const taken = { count: 0 };
  let underWay = 0;
  const first = new Error('first');
  const call = inLanes(endless(taken), SHAPE, async ({ position }) => {
    underWay++;
    for (let turn = 0; turn < 5; turn++) await turnOfOthers();
    underWay--;
    if (position === 40_960) throw first;
    return true;
  });
  t.is(await t.throwsAsync(call), first);
  t.is(underWay, 0);
  t.true(taken.count <= 10 + 2 * SHAPE.lanes, `${taken.count}`);
});

test('an abort stops all, and what is under way ends first', async (t) => {
  const taken = { count: 0 };
  let underWay = 0;
  const controller = new AbortController();
  const call = inLanes(endless(taken), { ...SHAPE, signal: controller.signal }, async ({ position }) => {
    underWay++;
    if (position === 40_960) controller.abort();
    await turnOfOthers();
    underWay--;
    return true;
  });
  await t.throwsAsync(call, { name: 'AbortError' });
  t.is(underWay, 0);
  t.true(taken.count <= 10 + 2 * SHAPE.lanes, `${taken.count}`);
});

test('who wants no more gets no more', async (t) => {
  const taken = { count: 0 };
  await inLanes(endless(taken), SHAPE, async ({ position }) => {
    await turnOfOthers();
    return position < 40_960;
  });
  t.true(taken.count > 10 && taken.count <= 11 + 2 * SHAPE.lanes, `${taken.count}`);
});

test('what fails in finding pieces is told, and a lane is not waited for that has nothing', async (t) => {
  async function* failing(): AsyncGenerator<Piece> {
    yield { position: 0, length: await Promise.resolve(1) };
    throw new RangeError('no such place');
  }
  await t.throwsAsync(
    inLanes(failing(), SHAPE, () => Promise.resolve(true)),
    { instanceOf: RangeError },
  );
  await t.notThrowsAsync(inLanes(some(0), SHAPE, () => Promise.reject(new Error('nothing to do'))));
});
