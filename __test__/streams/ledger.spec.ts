import test from 'ava';
import fc from 'fast-check';

import { kernelError } from '../../src/errors.js';
import { Ledger } from '../../src/streams/ledger.js';

const EIO = -5;
const ENOSPC = -28;

test('in whichever order writes end, what is counted is there without a gap', (t) => {
  const writes = fc.array(fc.record({ length: fc.integer({ min: 1, max: 9 }), rank: fc.double({ noNaN: true }) }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(writes, fc.nat(100), (list, start) => {
      const ledger = new Ledger();
      let position = start;
      const entries = list.map(({ length, rank }) => {
        const entry = { begun: ledger.begin(position, length), rank, ended: false };
        position += length;
        return entry;
      });
      for (const entry of [...entries].sort((one, other) => one.rank - other.rank)) {
        entry.begun.moved = entry.begun.length;
        ledger.end(entry.begun);
        entry.ended = true;
        const open = entries.findIndex(({ ended }) => !ended);
        const done = open < 0 ? entries : entries.slice(0, open);
        t.is(
          ledger.bytes,
          done.reduce((sum, { begun }) => sum + begun.length, 0),
        );
      }
    }),
  );
});

/** Five writes of ten bytes from 100 on, of which the third fails; the others end before it. */
function failed(errno: number, moved: number): Ledger {
  const ledger = new Ledger();
  const entries = [0, 1, 2, 3, 4].map((index) => ledger.begin(100 + index * 10, 10));
  for (const index of [4, 0, 1, 3, 2]) {
    const entry = entries[index]!;
    entry.moved = index === 2 ? moved : 10;
    ledger.end(entry, index === 2 ? kernelError(errno, 'write', { position: entry.position }) : undefined);
  }
  return ledger;
}

test('after a failure all that has changed is counted, as far as it could not be cut off', (t) => {
  const ledger = failed(ENOSPC, 4);
  t.deepEqual([ledger.gap, ledger.reach, ledger.bytes], [124, 150, 20]);
  ledger.cover(124);
  t.is(ledger.bytes, 24, 'cut back to the gap');
  const partly = failed(ENOSPC, 0);
  partly.cover(135);
  t.is(partly.bytes, 35, 'so long was the file before');
  const kept = failed(ENOSPC, 0);
  kept.cover(Infinity);
  t.is(kept.bytes, 50, 'nothing was cut');
});

test('a device that fails may have written any part', (t) => {
  const ledger = new Ledger();
  ledger.end(ledger.begin(0, 10), kernelError(EIO, 'write', {}));
  t.deepEqual([ledger.gap, ledger.reach], [0, 10]);
  const full = new Ledger();
  full.end(full.begin(0, 10), kernelError(ENOSPC, 'write', {}));
  t.deepEqual([full.gap, full.reach], [0, 0]);
});

test('of several failures the first in the file is told', (t) => {
  const ledger = new Ledger();
  const [first, second] = [ledger.begin(0, 10), ledger.begin(10, 10)];
  ledger.end(second, new Error('second'));
  ledger.fail(new Error('nowhere'));
  t.is(ledger.failure?.message, 'second');
  ledger.end(first, new Error('first'));
  t.is(ledger.failure?.message, 'first');
});
