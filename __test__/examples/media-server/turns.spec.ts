import test from 'ava';

import { Turns } from '../../../examples/media-server/turns.js';

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('what is sent at once is spread over turns of the loop, in its order', async (t) => {
  const turns = new Turns();
  const sent: number[] = [];
  let passed = 0;
  const done = new Promise<void>((resolve) => {
    for (let index = 0; index < 40; index++) {
      turns.run(() => {
        busy(1);
        sent.push(index);
        if (index === 39) resolve();
      });
    }
  });
  const count = (): void => {
    passed++;
    if (sent.length < 40) setImmediate(count);
  };
  setImmediate(count);
  t.true(sent.length > 0 && sent.length <= 3, 'the first at once, the others later');
  await done;
  t.deepEqual(
    sent,
    Array.from({ length: 40 }, (_, index) => index),
  );
  // Two milliseconds a turn, and one that was begun.
  t.true(passed >= 12, `${passed} turns`);
});

test('what is sent later is sent at once again', async (t) => {
  const turns = new Turns();
  for (let round = 0; round < 3; round++) {
    let sent = 0;
    turns.run(() => sent++);
    t.is(sent, 1);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
});
