import test from 'ava';
import fc from 'fast-check';

import { latencyOf } from '../../../src/cli/bench/latency.js';
import type { SideResult } from '../../../src/cli/bench/messages.js';
import { Side } from '../../../src/cli/bench/side.js';

function resultOf(millis: readonly number[]): SideResult {
  const side = new Side();
  for (const time of millis) side.add(time);
  return { operations: side.operations, sum: side.sum, latency: side.counts() };
}

const times = fc.array(fc.double({ min: 0.001, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 200 });

test('quantiles are those of all threads, to three digits', (t) => {
  fc.assert(
    fc.property(times, times, (one, other) => {
      const latency = latencyOf([resultOf(one), resultOf(other)]);
      const micros = [...one, ...other].map((millis) => millis * 1000).sort((a, b) => a - b);
      const at = (p: number): number => micros[Math.max(0, Math.ceil(micros.length * p) - 1)]!;
      const wanted = { min: at(0), p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) };
      for (const [name, value] of Object.entries(wanted)) {
        const told = latency[name as keyof typeof wanted];
        t.true(Math.abs(told / value - 1) < 0.002, `${name}: ${told} instead of ${value}`);
      }
      const mean = micros.reduce((sum, value) => sum + value, 0) / micros.length;
      t.true(Math.abs(latency.mean / mean - 1) < 1e-9);
    }),
  );
});

test('the histogram has every operation once, in ascending rows that hold it', (t) => {
  fc.assert(
    fc.property(times, (millis) => {
      const { histogram, min, max } = latencyOf([resultOf(millis)]);
      t.is(
        histogram.reduce((sum, [, count]) => sum + count, 0),
        millis.length,
      );
      const bounds = histogram.map(([upTo]) => upTo);
      t.deepEqual(
        bounds,
        [...new Set(bounds)].sort((a, b) => a - b),
      );
      t.true(bounds[0]! >= min * 0.999 && bounds[0]! <= min * 1.1);
      t.true(bounds.at(-1)! >= max * 0.999 && bounds.at(-1)! <= max * 1.1);
    }),
  );
});

test('what takes longer than can be counted is counted', (t) => {
  const { operations, latency } = resultOf([1e9, 0]);
  t.is(operations, 2);
  t.is(latency.length, 4);
});

test('what was before a reset is forgotten', (t) => {
  const side = new Side();
  side.add(1);
  side.reset();
  side.add(2);
  t.is(side.operations, 1);
  t.is(side.sum, 2);
  t.is(side.counts().length, 2);
});
