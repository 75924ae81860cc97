import test from 'ava';
import { type Job, jobArguments } from '../../benchmark/harness/job.js';
import { type Positions, positionsOf } from '../../benchmark/harness/positions.js';

const JOB: Job = {
  path: 'file',
  size: 10 * 4096 + 100,
  depth: 2,
  block: 4096,
  seconds: 1,
  warmup: 1,
  seed: 7,
  write: false,
  sequential: false,
};

const first = (positions: Positions, count: number): number[] => Array.from({ length: count }, () => positions.next());

/** As threads take them that are in step with each other. */
function inTurns(job: Job, parts: number, count: number): number[] {
  const all = Array.from({ length: parts }, (_, part) => positionsOf(job, part, parts));
  return Array.from({ length: count }, (_, index) => all[index % parts]!.next());
}

test('sequential positions go through every whole block, and begin again', (t) => {
  const blocks = first(positionsOf({ ...JOB, sequential: true }), 12).map((position) => position / 4096);
  t.deepEqual(blocks, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
});

test('threads share a sequence, random or not', (t) => {
  for (const sequential of [false, true]) {
    const job = { ...JOB, sequential };
    t.deepEqual(inTurns(job, 3, 30), first(positionsOf(job), 30));
  }
});

test('a file that is smaller than a block has no positions', (t) => {
  for (const sequential of [false, true]) {
    t.throws(() => positionsOf({ ...JOB, sequential, size: 4095 }), { instanceOf: RangeError });
  }
});

test('a job says in its options what it is', (t) => {
  t.deepEqual(jobArguments(JOB).slice(-1), ['--json']);
  t.deepEqual(jobArguments({ ...JOB, write: true, sequential: true }).slice(-3), ['--write', '--sequential', '--json']);
});
