import test from 'ava';

import { RECORD, Records, recordsFor, vectoredRecord } from '../src/records.js';
import { Random } from './support/random.js';

function written(records: Records, memory: ArrayBuffer): number[] {
  return [...new Float64Array(memory, 0, records.length)];
}

function subject(): { records: Records; memory: ArrayBuffer } {
  const memory = new ArrayBuffer(8 * recordsFor(2));
  return { records: new Records(new Float64Array(memory)), memory };
}

const SEGMENTS = [5, 0, 512, 6, 512, 1024];

test('records are written one behind the other, with no, one or many segments', (t) => {
  const { records, memory } = subject();
  records.write(1, 2, 0, 0, 0, 0, 0, 0, 0);
  records.write(7, 1, 9, 4096, 2, 3, 4, 512, 8192);
  records.writeVectored(8, 7, 9, 4096, 2, 3, SEGMENTS);
  t.deepEqual(written(records, memory), [
    ...[1, 2, 0, 0, 0, 0, 0],
    ...[0, 1, 9, 0, 2, 3, -1, 4, 8192, 7, 4096, 512],
    ...[8, 7, 9, 4096, 2, 3, 2, ...SEGMENTS],
  ]);
});

test('operations in a row that differ only in their place share one record', (t) => {
  const { records, memory } = subject();
  records.write(7, 1, 9, 4096, 2, 3, 4, 512, 8192);
  records.write(5, 1, 9, 0, 2, 3, 4, 0, 8192);
  t.deepEqual(written(records, memory), [0, 1, 9, 0, 2, 3, -2, 4, 8192, 7, 4096, 512, 5, 0, 0]);
});

for (const [what, ...other] of [
  ['opcode', 0, 9, 2, 3, 4, 8192],
  ['file', 1, 8, 2, 3, 4, 8192],
  ['flags', 1, 9, 0, 3, 4, 8192],
  ['priority', 1, 9, 2, 0, 4, 8192],
  ['slab', 1, 9, 2, 3, 5, 8192],
  ['length', 1, 9, 2, 3, 4, 4096],
] as const) {
  test(`an operation of another ${what} has a record of its own`, (t) => {
    const { records, memory } = subject();
    const [opcode, file, flags, priority, slab, length] = other;
    records.write(7, 1, 9, 4096, 2, 3, 4, 512, 8192);
    records.write(5, opcode, file, 0, flags, priority, slab, 0, length);
    t.deepEqual(written(records, memory).slice(12), [0, opcode, file, 0, flags, priority, -1, slab, length, 5, 0, 0]);
  });
}

test('what comes between two operations parts them', (t) => {
  for (const part of [
    (records: Records) => {
      records.write(1, 2, 0, 0, 0, 0, 0, 0, 0);
    },
    (records: Records) => {
      records.writeVectored(1, 7, 1, 0, 0, 0, SEGMENTS);
    },
    (records: Records) => records.take(),
  ]) {
    const { records, memory } = subject();
    records.write(7, 1, 9, 0, 2, 3, 4, 0, 512);
    part(records);
    const { length } = records;
    records.write(5, 1, 9, 0, 2, 3, 4, 0, 512);
    t.deepEqual(written(records, memory).slice(length), [0, 1, 9, 0, 2, 3, -1, 4, 512, 5, 0, 0]);
  }
});

test('as many records as the depth fit beside the longest vectored one, and no more', (t) => {
  const { records } = subject();
  for (let slot = 0; slot < 2; slot++) records.write(slot, 0, 1, 0, 0, 0, 1 + slot, 0, 512);
  const longest = Array.from({ length: 3 * 1024 }, () => 1);
  t.true(records.fits(vectoredRecord(longest)));
  records.writeVectored(2, 7, 1, 0, 0, 0, longest);
  t.false(records.fits(1));
  records.take();
  t.true(records.fits(RECORD));
});

test('a record that is taken out leaves the others as they were', (t) => {
  const { records, memory } = subject();
  records.write(0, 0, 1, 0, 0, 0, 1, 0, 512);
  records.writeVectored(1, 7, 1, 0, 0, 0, SEGMENTS);
  records.write(2, 2, 1, 0, 0, 0, 0, 0, 0);
  t.true(records.remove(1));
  t.false(records.remove(1));
  t.deepEqual(written(records, memory), [0, 0, 1, 0, 0, 0, -1, 1, 512, 0, 0, 0, 2, 2, 1, 0, 0, 0, 0]);
});

test('a batch that was taken is the next one no more, and its slots can still be told', (t) => {
  const { records } = subject();
  records.write(4, 2, 1, 0, 0, 0, 0, 0, 0);
  records.writeVectored(3, 7, 1, 0, 0, 0, SEGMENTS);
  for (const slot of [9, 6]) records.write(slot, 0, 1, 0, 0, 0, 1, 0, 512);
  const length = records.take();
  t.is(records.length, 0);
  t.false(records.remove(4));
  t.deepEqual([...records.slots(length)], [4, 3, 9, 6]);
});

/** A run of operations with these slots, of 512 bytes each, a page apart in the file. */
function writeRun(records: Records, ...slots: readonly number[]): void {
  slots.forEach((slot, index) => {
    records.write(slot, 1, 9, index * 4096, 2, 3, 5, index * 512, 512);
  });
}

const headerOf = (count: number): number[] => [0, 1, 9, 0, 2, 3, -count, 5, 512];
const FIRST = [20, 0, 0];
const SECOND = [21, 4096, 512];
const THIRD = [22, 8192, 1024];

test('a run is one record of many operations, whose memory and length are said once', (t) => {
  const { records, memory } = subject();
  records.write(1, 2, 0, 0, 0, 0, 0, 0, 0);
  writeRun(records, 20, 21, 22);
  records.write(2, 2, 0, 0, 0, 0, 0, 0, 0);
  t.deepEqual(written(records, memory), [
    ...[1, 2, 0, 0, 0, 0, 0],
    ...[...headerOf(3), ...FIRST, ...SECOND, ...THIRD],
    ...[2, 2, 0, 0, 0, 0, 0],
  ]);
  t.deepEqual([...records.slots(records.take())], [1, 20, 21, 22, 2]);
});

test('an operation is taken out of the front, the middle or the end of its run, and of those between others', (t) => {
  const places: Record<number, number[]> = { 20: FIRST, 21: SECOND, 22: THIRD };
  for (const [gone, ...left] of [
    [20, 21, 22],
    [21, 20, 22],
    [22, 20, 21],
  ] as const) {
    const { records, memory } = subject();
    records.write(4, 2, 0, 0, 0, 0, 0, 0, 0);
    writeRun(records, 20, 21, 22);
    records.write(7, 1, 9, 4096, 2, 3, 4, 512, 8192);
    t.true(records.remove(gone));
    t.false(records.remove(gone), 'it is gone');
    t.deepEqual(written(records, memory), [
      ...[4, 2, 0, 0, 0, 0, 0],
      ...[...headerOf(2), ...left.flatMap((slot) => places[slot] ?? [])],
      ...[0, 1, 9, 0, 2, 3, -1, 4, 8192, 7, 4096, 512],
    ]);
    t.deepEqual([...records.slots(records.length)], [4, ...left, 7]);
  }
});

test('the last operation that is taken out takes its run with it', (t) => {
  for (const order of [
    [20, 21, 22],
    [22, 20, 21],
    [21, 22, 20],
  ]) {
    const { records, memory } = subject();
    writeRun(records, 20, 21, 22);
    records.write(7, 2, 9, 0, 0, 0, 0, 0, 0);
    t.true(order.every((slot) => records.remove(slot)));
    t.deepEqual(written(records, memory), [7, 2, 9, 0, 0, 0, 0]);
    t.true(records.remove(7));
    t.is(records.length, 0);
  }
});

test('numbers of a run that are no slots are not taken for such', (t) => {
  const { records } = subject();
  writeRun(records, 20, 21);
  // The header's own, positions, offsets, handles and lengths.
  for (const other of [0, 1, 9, 2, 3, -2, 5, 512, 4096]) t.false(records.remove(other), `${other}`);
  records.take();
  records.write(3, 1, 9, 0, 0, 0, 5, 0, 512);
  records.write(0, 1, 9, 3, 0, 0, 5, 3, 512);
  t.true(records.remove(0), 'slot 0, which the header has as well');
  t.deepEqual([...records.slots(records.length)], [3]);
});

test('runs that are taken out of at random hold what is left, in order', (t) => {
  const random = new Random(5);
  for (let round = 0; round < 200; round++) {
    const { records } = subject();
    let slots: number[] = [];
    for (let next = 0; next < 40;) {
      const count = random.integer(0, 4);
      const some = Array.from({ length: Math.max(1, count) }, () => next++);
      if (count > 0) writeRun(records, ...some);
      else records.write(some[0] as number, 2, 9, 0, 0, 0, 0, 0, 0);
      slots.push(...some);
    }
    for (const slot of random.shuffled(slots).slice(0, random.integer(1, slots.length))) {
      t.true(records.remove(slot));
      slots = slots.filter((other) => other !== slot);
      t.deepEqual([...records.slots(records.length)], slots);
    }
  }
});

test('as many records as there is room for fit, whether they share one or not', (t) => {
  for (const share of [true, false]) {
    const { records } = subject();
    const { room } = records;
    t.is(room, Math.floor(recordsFor(2) / RECORD));
    for (let slot = 0; slot < room; slot++) records.write(slot, 0, share ? 1 : slot, 0, 0, 0, 1, 0, 512);
    t.true(records.length <= recordsFor(2));
    t.is(records.room > 0, share);
  }
});
