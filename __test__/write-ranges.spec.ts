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

/** Enters a range, leaves one of those that are in (by its place among them), or leaves it for another. */
type Action =
  | { kind: 'enter'; range: Wanted }
  | { kind: 'leave'; which: number }
  | { kind: 'exchange'; which: number; range: Wanted };

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('enter' as const), range: wanted }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(100) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('exchange' as const), which: fc.nat(100), range: wanted }),
    },
  ),
  { maxLength: 40 },
);

type Span = Pick<WriteRange, 'start' | 'end' | 'exclusive'>;

function meets(one: Span, other: Span): boolean {
  return one.start < other.end && other.start < one.end && (one.exclusive || other.exclusive);
}

/** What may keep others out: those without an end stand in line, each where the first of the line has begun. */
function inLine(span: Span): Span {
  return span.exclusive && span.end === Infinity ? { ...span, start: 0 } : span;
}

/** Who is in and who waits, in the order in which they asked. */
class Play {
  readonly ranges = new WriteRanges(() => undefined);
  /** Each with its number, in the order in which they came first. */
  readonly inside = new Map<WriteRange, number>();
  readonly waiting = new Map<Wanted, number>();
  #came = 0;

  act(action: Action): void {
    if (action.kind === 'enter') this.#enter({ ...action.range });
    else if (action.kind === 'leave') this.leave(action.which);
    else this.#exchange(action.which, { ...action.range, exclusive: true });
  }

  #enter(wanted: Wanted): void {
    const { start, length, exclusive } = wanted;
    const number = this.#came++;
    const at = exclusive ? undefined : this.ranges.tryEnter(start, start + length);
    if (at !== undefined) this.#in(at, number);
    else this.#wait(wanted, number, this.ranges.enter(start, start + length, exclusive));
  }

  #wait(wanted: Wanted, number: number, entering: Promise<WriteRange>): void {
    this.waiting.set(wanted, number);
    void entering.then((range) => {
      this.waiting.delete(wanted);
      this.#in(range, number);
    });
  }

  #in(range: WriteRange, number: number): void {
    for (const other of this.inside.keys()) if (meets(range, other)) throw new Error('two that must not meet are in');
    for (const [{ start, length, exclusive }, earlier] of this.waiting) {
      const overtaken = earlier < number && meets(range, { start, end: start + length, exclusive });
      if (overtaken) throw new Error('one has overtaken another');
    }
    this.inside.set(range, number);
  }

  #take(which: number): [range: WriteRange, number: number] | undefined {
    const taken = [...this.inside][which % Math.max(1, this.inside.size)];
    if (taken !== undefined) this.inside.delete(taken[0]);
    return taken;
  }

  leave(which: number): void {
    const taken = this.#take(which);
    if (taken !== undefined) this.ranges.leave(taken[0]);
  }

  /** Of exclusive ones, as it is meant for. */
  #exchange(which: number, wanted: Wanted): void {
    const taken = this.#take(which);
    if (taken === undefined) return;
    const [range, number] = taken;
    const { start, length } = wanted;
    if (range.exclusive) this.#wait(wanted, number, this.ranges.exchange(range, start, start + length));
    else this.inside.set(range, number);
  }

  /** Nobody waits whom neither one that is in nor an earlier one keeps out. */
  check(): void {
    const before: Span[] = [...this.inside.keys()].map(inLine);
    const inOrder = [...this.waiting].sort(([, one], [, other]) => one - other);
    for (const [{ start, length, exclusive }] of inOrder) {
      const range = inLine({ start, end: start + length, exclusive });
      if (!before.some((other) => meets(range, other))) throw new Error('one waits for nobody');
      before.push(range);
    }
  }
}

test('ranges that must not meet never do, and nobody waits for nothing', async (t) => {
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
      if (play.waiting.size > 0) throw new Error(`${play.waiting.size} never got in`);
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  );
  t.pass();
});

test('who waits is not overtaken by those who come later and would meet him', async (t) => {
  const ranges = new WriteRanges(() => undefined);
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
  const ranges = new WriteRanges(() => undefined);
  t.truthy(ranges.tryEnter(0, 512));
  t.truthy(ranges.tryEnter(0, 512));
  const [left, right] = await Promise.all([ranges.enter(512, 1024, true), ranges.enter(1024, 2048, true)]);
  t.is(left.end, right.start);
});
