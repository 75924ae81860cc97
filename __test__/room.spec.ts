import test from 'ava';

import { Room } from '../src/room.js';

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('who waits is served in order, before those who do not wait', async (t) => {
  const room = new Room(1);
  room.take();
  const order: number[] = [];
  const waits = [1, 2].map((index) =>
    room.when(() => {
      room.take();
      order.push(index);
    }),
  );
  t.is(room.left, 0);
  room.give();
  t.is(room.left, 0, 'the place is kept for the first');
  await turn();
  t.deepEqual(order, [1]);
  room.give();
  await Promise.all(waits);
  t.deepEqual(order, [1, 2]);
  room.give();
  t.is(room.left, 1);
});

test('one that throws instead of taking its place leaves it to the next', async (t) => {
  const room = new Room(1);
  room.take();
  const first = room.when(() => {
    throw new Error('changed my mind');
  });
  const second = room.when(() => {
    room.take();
    return 'taken';
  });
  room.give();
  await t.throwsAsync(first, { message: 'changed my mind' });
  t.is(await second, 'taken');
  t.is(room.taken, 1);
});
