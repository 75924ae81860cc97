import test from 'ava';
import { Lookups } from '../../../examples/media-server/lookups.js';

/** Lookups that end when they are told to. */
class Looked {
  readonly begun: { key: string; resolve: (found: number) => void; reject: (error: Error) => void }[] = [];
  readonly lookups = new Lookups(
    (key) => new Promise<number>((resolve, reject) => this.begun.push({ key, resolve, reject })),
  );
}

test('nobody is told what was found before he asked', async (t) => {
  const { begun, lookups } = new Looked();
  const first = lookups.find('a');
  const late = [lookups.find('a'), lookups.find('a')];
  t.is(begun.length, 1);
  begun[0]!.resolve(1);
  t.is(await first, 1);
  await new Promise(setImmediate);
  t.is(begun.length, 2);
  const later = lookups.find('a');
  begun[1]!.resolve(2);
  t.deepEqual(await Promise.all(late), [2, 2]);
  await new Promise(setImmediate);
  begun[2]!.resolve(3);
  t.is(await later, 3);
  t.is(begun.length, 3);
});

test('what fails says nothing of the next', async (t) => {
  const { begun, lookups } = new Looked();
  const first = lookups.find('a');
  const next = lookups.find('a');
  begun[0]!.reject(new Error('gone'));
  await t.throwsAsync(first, { message: 'gone' });
  await new Promise(setImmediate);
  begun[1]!.resolve(2);
  t.is(await next, 2);
  const alone = lookups.find('a');
  begun[2]!.resolve(3);
  t.is(await alone, 3);
});

test('others are looked for beside it', (t) => {
  const { begun, lookups } = new Looked();
  void lookups.find('a');
  void lookups.find('b');
  t.deepEqual(
    begun.map(({ key }) => key),
    ['a', 'b'],
  );
});
