import test from 'ava';

import { compare, RISK, type Triple } from '../../benchmark/compare/comparison.js';
import { locate, refusedSums } from '../../benchmark/compare/signed-rank.js';
import { seededRandom } from '../../benchmark/harness/statistics.js';

const SEEDS = 1000;
const ROUNDS = 14;
const RULE = { tolerance: 0.03, risk: RISK, lessIsBetter: false };

type Random = () => number;
/** A deviation by chance, as a logarithm. */
type Noise = (random: Random) => number;

/** Box and Muller's. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const NOISES: Record<string, Noise> = {
  '1 % of noise': (random) => 0.01 * normal(random),
  '3 % of noise': (random) => 0.03 * normal(random),
  '1 % of noise, and every tenth process up to a third slower': (random) =>
    0.01 * normal(random) - (random() < 0.1 ? random() / 3 : 0),
};

/** Rounds that differ from each other by much more than the processes within one do. */
function rounds(seed: number, noise: Noise, factor: number): Triple[] {
  const random = seededRandom(seed);
  return Array.from({ length: ROUNDS }, () => {
    const speed = 400_000 * Math.exp(0.2 * normal(random));
    const measured = (): number => speed * Math.exp(noise(random));
    return { base: measured(), twin: measured(), head: factor * measured() };
  });
}

function verdicts(noise: Noise, factor: number, rule = RULE): Record<string, number> {
  const counts: Record<string, number> = { worse: 0, equal: 0, better: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { verdict } = compare(rounds(seed, noise, factor), rule);
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

test("the sums that are refused are those of Wilcoxon's table", (t) => {
  // One-sided, 1 %: the critical values of any textbook, and one more for the sum 0.
  const critical = [7, 8, 9, 10, 12, 15, 20].map((count) => refusedSums(count, 0.01) - 1);
  t.deepEqual(critical, [0, 1, 3, 5, 9, 19, 43]);
  t.is(refusedSums(6, 0.01), 0);
});

test('too few values have no limits', (t) => {
  t.deepEqual(locate([1, 2, 3], 0.01), { estimate: 2, low: -Infinity, high: Infinity });
});

test('one wild value moves neither the estimate nor the limits by much', (t) => {
  const values = Array.from({ length: 10 }, (_, index) => index / 1000);
  const calm = locate(values, 0.01);
  const wild = locate([...values.slice(1), 100], 0.01);
  t.true(Math.abs(wild.estimate - calm.estimate) < 0.002);
  t.is(wild.low < 0.01, true);
});

test('the limits miss the middle as rarely as they promise', (t) => {
  let missed = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom(seed);
    const { low, high } = locate(
      Array.from({ length: ROUNDS }, () => normal(random)),
      RISK,
    );
    if (low > 0 || high < 0) missed++;
  }
  // Of 1000 at twice 1 %: 20, and three standard deviations.
  t.true(missed <= 20 + 3 * Math.sqrt(20), `${missed} of ${SEEDS}`);
  t.true(missed > 0, 'limits that never miss are too wide');
});

for (const [name, noise] of Object.entries(NOISES)) {
  test(`equal builds pass: ${name}`, (t) => {
    t.deepEqual(verdicts(noise, 1), { worse: 0, equal: SEEDS, better: 0 });
  });

  test(`without a tolerance, what the base differs from itself by still bounds false alarms: ${name}`, (t) => {
    const { worse = 0 } = verdicts(noise, 1, { ...RULE, tolerance: 0 });
    t.true(worse <= RISK * SEEDS, `${worse} of ${SEEDS}`);
  });
}

test('a build that is 15 % slower never passes, nor one that takes 15 % more CPU time', (t) => {
  const noise = NOISES['1 % of noise'] as Noise;
  t.deepEqual(verdicts(noise, 0.85), { worse: SEEDS, equal: 0, better: 0 });
  t.deepEqual(verdicts(noise, 1.15, { ...RULE, lessIsBetter: true }), { worse: SEEDS, equal: 0, better: 0 });
});

test('where it is noisy, one that is 15 % slower passes rarely, and its ratio is told rightly', (t) => {
  const { worse = 0, better } = verdicts(NOISES['3 % of noise'] as Noise, 0.85);
  t.true(worse >= 0.95 * SEEDS, `${worse} of ${SEEDS}`);
  t.is(better, 0);
  const { ratio, low, high } = compare(rounds(1, NOISES['3 % of noise'] as Noise, 0.85), RULE);
  t.true(Math.abs(ratio - 0.85) < 0.03 && low < ratio && ratio < high);
});

test('a faster build is told so, and is no regression', (t) => {
  const noise = NOISES['1 % of noise'] as Noise;
  t.is(compare(rounds(1, noise, 1.15), RULE).verdict, 'better');
  t.is(compare(rounds(1, noise, 0.85), { ...RULE, lessIsBetter: true }).verdict, 'better');
});

test('less than the tolerance is no regression', (t) => {
  t.deepEqual(verdicts(NOISES['1 % of noise'] as Noise, 0.98), { worse: 0, equal: SEEDS, better: 0 });
});
