import test from 'ava';
import fc from 'fast-check';

import { parseDuration, parseSize, secondsText, sizeText } from '../../src/cli/sizes.js';

test('sizes are read as GNU programs read them', (t) => {
  const sizes: Record<string, number> = {
    '4096': 4096,
    '64k': 65_536,
    '64K': 65_536,
    '64 KiB': 65_536,
    '1GiB': 2 ** 30,
    '1G': 2 ** 30,
    '1g': 2 ** 30,
    '10MB': 10_000_000,
    '1.5k': 1536,
    '512b': 512,
    '2TiB': 2 ** 41,
  };
  for (const [text, bytes] of Object.entries(sizes)) t.is(parseSize(text), bytes, text);
});

test('what is no size is none', (t) => {
  for (const text of ['', 'k', '-1', '1q', '1e3', '0x10', '1.2.3', '1.0001k', '99999999P', '1 k b', 'NaN']) {
    t.is(parseSize(text), undefined, text);
  }
});

test('whole units are written as they are read', (t) => {
  const units = fc.constantFrom(...[1, 2 ** 10, 2 ** 20, 2 ** 30]);
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 1023 }), units, (count, unit) => {
      t.is(parseSize(sizeText(count * unit).replace(' bytes', '')), count * unit);
    }),
  );
});

test('times', (t) => {
  t.is(parseDuration('10'), 10);
  t.is(parseDuration('500ms'), 0.5);
  t.is(parseDuration('1.5s'), 1.5);
  t.is(parseDuration('2m'), 120);
  t.is(parseDuration('1h'), 3600);
  for (const text of ['', 'ms', '-1', '1d', '1 2']) t.is(parseDuration(text), undefined, text);
  t.is(secondsText(61), '1 min 1 s');
});
