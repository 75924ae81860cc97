import test from 'ava';
import fc from 'fast-check';

import { WriteRanges, type WriteRange } from '../src/write-ranges.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 300);

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Wanted {
  start: number;
  length: number;
  exclusive: boolean;
}

const wanted: fc.Arbitrary<Wanted> = fc.record({
  start: fc.integer({ min: 0, max: 20 }),
  length: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.constant(Infinity)),
  exclusive: fc.boolean(),
});

/** Enters a range, leaves one of those that are in (by its place among them), or waits for all that is there now. */
type Action = { kind: 'enter'; range: Wanted } | { kind: 'leave'; which: number } | { kind: 'settled' };

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('enter' as const), range: wanted }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(100) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('settled' as const) }) },
  ),
  { maxLength: 40 },
);

function meets(one: WriteRange, other: WriteRange): boolean {
  return one.start < other.end && other.start < one.end && (one.exclusive || other.exclusive);
}

/** Who is in, who asked in which order, and the waits for an end, told what they have to have waited for. */
class Play {
  readonly ranges = new WriteRanges();
  readonly inside = new Set<WriteRange>();
  asked = 0;
  entered = 0;
  left = 0;
  readonly barriers: { asked: number; passed: boolean }[] = [];
  readonly gone = new Set<number>();
  readonly numbers = new Map<WriteRange, number>();

  act(action: Action): void {
    if (action.kind === 'enter') this.#enter(action.range);
    else if (action.kind === 'leave') this.leave(action.which);
    else this.#wait();
  }

  #enter({ start, length, exclusive }: Wanted): void {
    const number = this.asked++;
    const at = exclusive ? undefined : this.ranges.tryEnter(start, start + length);
    if (at !== undefined) this.#in(at, number);
    else
      void this.ranges.enter(start, start + length, exclusive).then((range) => {
        this.#in(range, number);
      });
  }

  #in(range: WriteRange, number: number): void {
    for (const other of this.inside) if (meets(range, other)) throw new Error('two that must not meet are in');
    this.inside.add(range);
    this.numbers.set(range, number);
    this.entered++;
  }

  leave(which: number): void {
    const range = [...this.inside][which % Math.max(1, this.inside.size)];
    if (range === undefined) return;
    this.inside.delete(range);
    this.gone.add(this.numbers.get(range) as number);
    this.ranges.leave(range);
  }

  #wait(): void {
    const barrier = { asked: this.asked, passed: false };
    this.barriers.push(barrier);
    void this.ranges.settled().then(() => (barrier.passed = true));
  }

  check(): void {
    for (const { asked, passed } of this.barriers) {
      const still = Array.from({ length: asked }, (_, number) => number).filter((number) => !this.gone.has(number));
      if (passed !== (still.length === 0)) throw new Error(`settled ${passed}, while ${still.length} are under way`);
    }
  }
}

test('ranges that must not meet never do, everybody gets in, and settled waits for just those before it', async (t) => {
  await fc.assert(
    fc.asyncProperty(actions, async (sequence) => {
      const play = new Play();
      for (const action of sequence) {
        play.act(action);
        await turn();
        play.check();
      }
      while (play.inside.size > 0) {
        play.leave(0);
        await turn();
      }
      play.check();
      if (play.entered !== play.asked) throw new Error(`${play.asked - play.entered} are waiting for nobody`);
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  );
  t.pass();
});

test('who waits is not overtaken by those who come later and would meet him', async (t) => {
  const ranges = new WriteRanges();
  const order: string[] = [];
  const first = await ranges.enter(0, 10, false);
  const cut = ranges.enter(5, Infinity, true).then((range) => {
    order.push('cut');
    return range;
  });
  t.is(ranges.tryEnter(7, 9), undefined);
  const later = ranges.enter(7, 9, false).then((range) => {
    order.push('later');
    return range;
  });
  const apart = await ranges.enter(0, 5, false);
  ranges.leave(first);
  ranges.leave(await cut);
  ranges.leave(await later);
  ranges.leave(apart);
  t.deepEqual(order, ['cut', 'later']);
});

test('plain ranges overlap, and neighbours do not meet', async (t) => {
  const ranges = new WriteRanges();
  t.truthy(ranges.tryEnter(0, 512));
  t.truthy(ranges.tryEnter(0, 512));
  const [left, right] = await Promise.all([ranges.enter(512, 1024, true), ranges.enter(1024, 2048, true)]);
  t.is(left.end, right.start);
});
