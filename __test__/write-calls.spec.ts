import test from 'ava';
import fc from 'fast-check';

import { WriteCalls, type Generation } from '../src/write-calls.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 300);

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A call begins, one of those under way ends, or somebody waits for all that are under way. */
const actions = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('begin' as const) }),
    fc.record({ kind: fc.constant('end' as const), which: fc.nat(100) }),
    fc.record({ kind: fc.constant('settled' as const) }),
  ),
  { maxLength: 40 },
);

test('a wait ends with the last of the calls that had begun before it', async (t) => {
  await fc.assert(
    fc.asyncProperty(actions, async (sequence) => {
      const calls = new WriteCalls(() => undefined);
      const running: { number: number; generation: Generation }[] = [];
      const waits: { before: number; ended: boolean }[] = [];
      let begun = 0;
      const check = (): void => {
        for (const { before, ended } of waits) {
          const still = running.filter(({ number }) => number < before).length;
          if (ended !== (still === 0)) throw new Error(`ended: ${ended}, while ${still} calls are under way`);
        }
      };
      for (const action of sequence) {
        if (action.kind === 'begin') {
          running.push({ number: begun++, generation: calls.begin() });
        } else if (action.kind === 'settled') {
          const wait = { before: begun, ended: false };
          waits.push(wait);
          void calls.settled().then(() => (wait.ended = true));
        } else {
          const [ended] = running.splice(action.which % Math.max(1, running.length), 1);
          if (ended !== undefined) calls.end(ended.generation);
        }
        await turn();
        check();
      }
      for (const { generation } of running.splice(0)) calls.end(generation);
      await turn();
      check();
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  );
  t.pass();
});
