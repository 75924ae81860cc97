import test from 'ava';
import fc from 'fast-check';

import { bytesOf, Views } from '../src/views.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 300);

const sizes = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6 });

function viewsOf(lengths: readonly number[], fill: (at: number) => number): { list: Uint8Array[]; whole: Buffer } {
  const whole = Buffer.from(lengths.reduce((sum, length) => sum + length, 0) === 0 ? [] : filled(lengths, fill));
  let at = 0;
  const list = lengths.map((length) => Uint8Array.from(whole.subarray(at, (at += length))));
  return { list, whole };
}

function filled(lengths: readonly number[], fill: (at: number) => number): number[] {
  return Array.from({ length: lengths.reduce((sum, length) => sum + length, 0) }, (_, at) => fill(at));
}

test('any part gathered is that part of all the bytes in a row', (t) => {
  fc.assert(
    fc.property(sizes, fc.nat(150), fc.nat(150), (lengths, from, count) => {
      const { list, whole } = viewsOf(lengths, (at) => 1 + (at % 255));
      const start = Math.min(from, whole.byteLength);
      const length = Math.min(count, whole.byteLength - start);
      const target = Buffer.alloc(length);
      new Views(list).gather(start, length, target);
      return target.equals(whole.subarray(start, start + length));
    }),
    { numRuns: RUNS },
  );
  t.pass();
});

test('any part scattered lands where it was, and nowhere else', (t) => {
  fc.assert(
    fc.property(sizes, fc.nat(150), fc.nat(150), (lengths, from, count) => {
      const { list, whole } = viewsOf(lengths, () => 0);
      const start = Math.min(from, whole.byteLength);
      const source = Buffer.alloc(Math.min(count, whole.byteLength - start), 7);
      const views = new Views(list);
      views.scatter(start, source);
      source.copy(whole, start);
      return views.total === whole.byteLength && Buffer.concat(list).equals(whole);
    }),
    { numRuns: RUNS },
  );
  t.pass();
});

test('a view that has shrunk since is told, not written past', (t) => {
  const one = new Uint8Array(8);
  const views = new Views([new Uint8Array(4), one]);
  structuredClone(one.buffer, { transfer: [one.buffer] });
  views.scatter(0, new Uint8Array(4));
  for (const copy of [
    () => {
      views.scatter(0, new Uint8Array(6));
    },
    () => {
      views.gather(3, 5, new Uint8Array(5));
    },
  ]) {
    t.throws(copy, { code: 'ERR_AIO_BUFFER_DETACHED' });
  }
});

test('views of every kind are bytes in their place', (t) => {
  const memory = new ArrayBuffer(64);
  for (const view of [
    new Uint8Array(memory, 8, 16),
    new Float64Array(memory, 8, 2),
    new DataView(memory, 8, 16),
    new BigInt64Array(memory, 8, 2),
    Buffer.from(memory, 8, 16),
  ]) {
    const { buffer, byteOffset, byteLength } = bytesOf('view', view);
    t.deepEqual([buffer === memory, byteOffset, byteLength], [true, 8, 16]);
  }
  for (const wrong of [memory, [], 'text', null, undefined, 7, { byteLength: 3 }]) {
    t.throws(() => bytesOf('buffer', wrong), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' } as object);
  }
});
