import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';

import { Brake } from '../../benchmark/compare/brake.js';
import { historyLine, readHistory } from '../../benchmark/compare/history.js';
import { type Options, parseOptions } from '../../benchmark/compare/options.js';
import type { Cell } from '../../benchmark/compare/protocol.js';
import { isAllBlind, judge, linesOf, regressions, type Result } from '../../benchmark/compare/result.js';
import type { Figures, Outcome } from '../../benchmark/compare/round.js';
import { markdown, terminalTable } from '../../benchmark/compare/table.js';
import { describeMachine } from '../../benchmark/harness/machine.js';
import { commitsReport } from '../../benchmark/report/commits.js';

const CELLS: readonly Cell[] = [
  { target: 'tmpfs', depth: 32, load: 'promises' },
  { target: 'tmpfs', depth: 32, load: 'batches' },
];

function figures(operationsPerSecond: number): Figures {
  return { operationsPerSecond, cpuMicrosPerOperation: 1e6 / operationsPerSecond, operations: 1, slices: [] };
}

/** Fourteen rounds without noise: of a head that is so fast in each cell, against 1. */
function resultOf(...factors: readonly number[]): Result {
  const options = parseOptions(['main', 'HEAD']) as Options;
  const outcomes = CELLS.map((cell, index): [Cell, Outcome[]] => {
    const [base, head] = [figures(500_000), figures(500_000 * (factors[index] as number))];
    return [cell, Array.from({ length: options.rounds }, () => ({ base, twin: base, head }))];
  });
  return {
    command: 'npm run benchmark:compare -- main HEAD',
    machine: describeMachine(),
    base: { name: 'main', commit: '0'.repeat(40) },
    head: { name: 'HEAD', commit: undefined },
    options,
    targets: [],
    skipped: [{ name: 'loop', reason: 'losetup needs root' }],
    seconds: 1,
    stealPercent: 0,
    ...judge(new Map(outcomes), options.tolerance),
  };
}

test('nothing is worse where all are equal, and every table says so', (t) => {
  const result = resultOf(1, 1);
  t.deepEqual(regressions(result), []);
  t.true(markdown(result).startsWith('**No regression**: `HEAD` against `main` (000000000000)\n'));
  t.true(markdown(result).includes('- loop was skipped: losetup needs root'));
  t.is(terminalTable(result).split('equal').length - 1, CELLS.length + 1);
});

test('what is worse is named with what it lost, once for speed and once for CPU time', (t) => {
  const result = resultOf(0.85, 1);
  const [speed = '', cost = '', ...together] = regressions(result);
  t.regex(speed, /^tmpfs, depth 32, promises: 15\.0 % fewer operations a second/);
  t.regex(cost, /^tmpfs, depth 32, promises: 17\.6 % more CPU time an operation/);
  // The mean of both: less than what one lost, and more than is tolerated.
  t.deepEqual(
    together.map((words) => words.split(' %')[0]),
    ['tmpfs, all together: 7.8', 'tmpfs, all together: 8.5'],
  );
  t.true(markdown(result).startsWith('**4 regressions**'));
});

test('where the base differs from itself by more than anything could show, nothing is said to be equal', (t) => {
  const noisy = (options: Options): Result => {
    const outcomes = CELLS.map((cell): [Cell, Outcome[]] => [
      cell,
      Array.from({ length: options.rounds }, (_, round) => ({
        base: figures(500_000),
        twin: figures(round % 2 === 0 ? 900_000 : 300_000),
        head: figures(500_000),
      })),
    ]);
    return { ...resultOf(1, 1), ...judge(new Map(outcomes), options.tolerance) };
  };
  const result = noisy(parseOptions(['main', 'HEAD']) as Options);
  t.deepEqual(regressions(result), []);
  t.true(markdown(result).startsWith('**No regression seen, 3 of 3 too noisy to tell**'));
  t.true(isAllBlind(result));
  t.false(isAllBlind(resultOf(1, 1)));
  t.false(isAllBlind(noisy(parseOptions(['main', 'HEAD', '--tolerance', '100000']) as Options)));
});

test('a loss and a gain of the same size are a loss', (t) => {
  t.is(regressions(resultOf(0.9, 1 / 0.9)).length, 2);
});

test('the history is one line of JSON with every comparison', (t) => {
  const line = historyLine(resultOf(1, 1.2));
  t.false(line.includes('\n'));
  const { lines } = JSON.parse(line) as { lines: { operationsPerSecond: { ratio: number; verdict: string } }[] };
  t.deepEqual(
    lines.map(({ operationsPerSecond: { ratio, verdict } }) => [ratio, verdict]),
    [
      [1, 'equal'],
      [1.2, 'better'],
      [1.0954, 'better'],
    ],
  );
  t.is(linesOf(resultOf(1, 1)).length, CELLS.length + 1);
});

test('a history is drawn as the product of what each commit has changed, but for heads that were slowed', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'linux-aio-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'history.jsonl');
  const slowed = resultOf(0.5, 0.5);
  slowed.options.slowHead = 50;
  const results = [resultOf(0.9, 1), slowed, resultOf(0.9, 1.2)];
  await writeFile(path, results.map((result) => `${historyLine(result)}\n`).join(''));
  const history = await readHistory(path);
  t.deepEqual(
    history.map(({ slowHead }) => slowHead),
    [undefined, 50, undefined],
  );
  const page = commitsReport(history);
  for (const measure of ['operationspersecond', 'cpumicrosperoperation']) {
    t.is(page.split(`<figure id="commits-${measure}-tmpfs">`).length, 2);
  }
  const titles = [...page.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title);
  t.true(titles.includes('depth 32, promises, HEAD: 0.900; of its own base 0.900 (0.900-0.900), worse'));
  t.true(titles.includes('depth 32, promises, HEAD: 0.810; of its own base 0.900 (0.900-0.900), worse'));
  t.true(titles.includes('depth 32, batches, HEAD: 1.200; of its own base 1.200 (1.200-1.200), better'));
  t.true(page.includes('2 comparisons by'));
  t.regex(page, /<h2 id="regressions">/);
  t.notRegex(page, /(script|src|href)\s*=\s*"(?!#)/);
  await writeFile(path, '{"machine":{}}\n');
  await t.throwsAsync(readHistory(path), { instanceOf: TypeError, message: /line 1: no comparison/ });
});

test('what cannot be told from chance, or not understood, is refused', (t) => {
  t.throws(() => parseOptions(['main']), { message: /which two/ });
  t.throws(() => parseOptions(['main', 'HEAD', '--rounds', '6']), { message: /too few/ });
  t.throws(() => parseOptions(['main', 'HEAD', '--targets', 'floppy']), { message: /tmpfs, loop/ });
  t.throws(() => parseOptions(['main', 'HEAD', '--tolerance=-1']), { message: /at least 0/ });
  t.is(parseOptions(['main', 'HEAD', '--slow-head', '15'])?.slowHead, 15);
});

test('a brake takes its share of the time, and none when it is off', (t) => {
  const brake = new Brake(50);
  const time = (): number => {
    const begin = performance.now();
    for (let operation = 0; operation < 1000; operation++) brake.after(1);
    return performance.now() - begin;
  };
  brake.learn(0.2);
  t.true(time() >= 100 - 1);
  brake.forget();
  // The machine may stop for a while, but not every time.
  t.true(Math.min(time(), time(), time()) < 50);
});
