import test from 'ava';

import { RECORD, Records, recordsFor, vectoredRecord } from '../src/records.js';

function written(records: Records, memory: ArrayBuffer): number[] {
  return [...new Float64Array(memory, 0, records.length)];
}

function subject(): { records: Records; memory: ArrayBuffer } {
  const memory = new ArrayBuffer(8 * recordsFor(2));
  return { records: new Records(memory), memory };
}

const SEGMENTS = [5, 0, 512, 6, 512, 1024];

test('records are written one behind the other, with no, one or many segments', (t) => {
  const { records, memory } = subject();
  records.write(1, 2, 0, 0, 0, 0, 0, 0, 0);
  records.write(7, 1, 9, 4096, 2, 3, 4, 512, 8192);
  records.writeVectored(8, 7, 9, 4096, 2, 3, SEGMENTS);
  t.deepEqual(written(records, memory), [
    ...[1, 2, 0, 0, 0, 0, 0],
    ...[7, 1, 9, 4096, 2, 3, 1, 4, 512, 8192],
    ...[8, 7, 9, 4096, 2, 3, 2, ...SEGMENTS],
  ]);
});

test('as many plain records as the depth fit beside the longest vectored one, and no more', (t) => {
  const { records } = subject();
  for (let slot = 0; slot < 2; slot++) records.write(slot, 0, 1, 0, 0, 0, 1, 0, 512);
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
  t.deepEqual(written(records, memory), [0, 0, 1, 0, 0, 0, 1, 1, 0, 512, 2, 2, 1, 0, 0, 0, 0]);
});

test('a batch that was taken is the next one no more, and its slots can still be told', (t) => {
  const { records } = subject();
  records.write(4, 2, 1, 0, 0, 0, 0, 0, 0);
  records.writeVectored(3, 7, 1, 0, 0, 0, SEGMENTS);
  const length = records.take();
  t.is(records.length, 0);
  t.false(records.remove(4));
  t.deepEqual([...records.slots(length)], [4, 3]);
});
