import test from 'ava';

import { WorthwhileDepth } from '../../src/streams/worthwhile-depth.js';

/** Keeps a simulated device busy with as many blocks as are allowed; the limit in the end. */
function settled(depth: WorthwhileDepth, lanes: number, blocks: number, ms = 1): number {
  const free = Array.from({ length: lanes }, () => 0);
  const flying: { begun: number; end: number; inFlight: number }[] = [];
  let now = 0;
  for (let block = 0; block < blocks; block++) {
    while (flying.length >= depth.limit) {
      flying.sort((one, other) => one.end - other.end);
      const first = flying.shift()!;
      now = first.end;
      depth.note(first.end - first.begun, first.inFlight);
    }
    const lane = free.indexOf(Math.min(...free));
    free[lane] = Math.max(now, free[lane]!) + ms;
    flying.push({ begun: now, end: free[lane], inFlight: flying.length + 1 });
  }
  return depth.limit;
}

test('a device that does one at a time has one, and one or two that wait', (t) => {
  for (const blocks of [100, 250, 400, 900, 5000]) {
    const limit = settled(new WorthwhileDepth(64), 1, blocks);
    t.true(limit >= 2 && limit <= 4, `${blocks}: ${limit}`);
  }
});

test('a device that does many at a time has them, and some that wait', (t) => {
  for (const lanes of [4, 8, 32]) {
    const limit = settled(new WorthwhileDepth(80), lanes, 250);
    t.true(limit >= lanes && limit <= 2 * lanes + 2, `${lanes}: ${limit}`);
  }
});

test('never more than was allowed, and never fewer than two of more than one', (t) => {
  t.is(settled(new WorthwhileDepth(8), 32, 500), 8);
  t.is(settled(new WorthwhileDepth(1), 32, 500), 1);
  const depth = new WorthwhileDepth(8);
  depth.note(0.1, 1);
  for (let block = 0; block < 100; block++) depth.note(100, 8);
  t.is(depth.limit, 2);
});

test('a device that has become slower is found out', (t) => {
  const depth = new WorthwhileDepth(64);
  t.true(settled(depth, 8, 240) > 8);
  t.true(settled(depth, 8, 20, 10) < 8, 'as if its blocks only waited for each other');
  const limit = settled(depth, 8, 400, 10);
  t.true(limit > 8 && limit <= 18, `${limit}`);
});
