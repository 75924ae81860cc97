import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';

import { Pacer } from '../../../src/cli/bench/pacer.js';

test('no more begin than the rate allows, and all of these', async (t) => {
  const pacer = new Pacer(1000);
  const began = performance.now();
  let begun = 0;
  for (let lane = 0; lane < 5; lane++) {
    const next = (): void => {
      begun++;
      // The last lanes are let go of below.
      if (begun <= 100) t.true(begun <= performance.now() - began + 1.01, `${begun}`);
      if (begun < 100) pacer.admit(next);
    };
    pacer.admit(next);
  }
  while (begun < 100) await delay(5);
  pacer.end();
});

test('what waits is let go of at the end', (t) => {
  const pacer = new Pacer(0.001);
  let begun = 0;
  for (let lane = 0; lane < 3; lane++) pacer.admit(() => begun++);
  t.is(begun, 1);
  pacer.end();
  t.is(begun, 3);
});

test('what it is behind with is forgotten at a restart', async (t) => {
  const pacer = new Pacer(1000);
  pacer.admit(() => undefined);
  await delay(50);
  const began = performance.now();
  pacer.restart();
  let begun = 0;
  for (let lane = 0; lane < 40; lane++) pacer.admit(() => begun++);
  t.true(begun <= performance.now() - began + 1.01, `${begun}`);
  pacer.end();
});
