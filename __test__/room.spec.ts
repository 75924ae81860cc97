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

test('one that takes nothing when it is told leaves its place to the next', async (t) => {
  const room = new Room(1);
  room.take();
  const first = room.when(() => 'changed my mind');
  const second = room.when(() => {
    room.take();
    return 'taken';
  });
  room.give();
  t.deepEqual(await Promise.all([first, second]), ['changed my mind', 'taken']);
  t.deepEqual([room.taken, room.left], [1, 0]);
});

test('who waits for several places has them together, and before those who came later', async (t) => {
  const room = new Room(3);
  const order: string[] = [];
  const take = (name: string, count: number) => (): void => {
    for (let place = 0; place < count; place++) room.take();
    order.push(name);
  };
  await room.when(take('first', 2), 2);
  const three = room.when(take('three', 3), 3);
  const one = room.when(take('one', 1));
  await turn();
  t.is(room.left, 0);
  room.give();
  room.give();
  await three;
  t.deepEqual([room.taken, room.left], [3, 0]);
  room.give();
  await one;
  t.deepEqual(order, ['first', 'three', 'one']);
});
