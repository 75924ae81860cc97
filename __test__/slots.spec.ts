import test from 'ava';

import { Slots } from '../src/slots.js';

const owner = { settle: () => undefined };

test('a slot is taken until it is freed, and freed once', (t) => {
  const slots = new Slots();
  const [first, second] = [slots.take(owner, 10), slots.take(owner, 20)];
  t.not(first, second);
  t.is(slots.free(first), owner);
  t.is(slots.tagOf(first), 10);
  t.is(slots.free(first), undefined);
  t.is(slots.tagOf(second), 20);
  t.is(slots.take(owner, 30), first);
  t.not(slots.take(owner, 40), first);
});

test('a number that is no slot is freed by nobody', (t) => {
  t.is(new Slots().free(5), undefined);
});
