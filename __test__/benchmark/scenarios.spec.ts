import test from 'ava';
import { judgeBars } from '../../benchmark/harness/bars.js';
import { type Breadth, entrants } from '../../benchmark/harness/contestant.js';
import { isNamed } from '../../benchmark/harness/options.js';
import type { Target } from '../../benchmark/harness/target.js';
import { fileSet } from '../../benchmark/scenarios/scaling/files.js';
import { scenarios } from '../../benchmark/scenarios/scenarios.js';
import { startFindings } from '../../benchmark/scenarios/start-up/table.js';
import { growthCell, startUp, twice } from '../support/benchmark-record.js';

const BREADTHS: readonly Breadth[] = ['smoke', 'usual', 'full'];
const all = (breadth: Breadth) => scenarios(breadth, (name) => name, 'ceiling');

test('no two scenarios have a name in common, nor two contestants of one', (t) => {
  for (const breadth of BREADTHS) {
    const names = all(breadth).map(({ name }) => name);
    t.is(new Set(names).size, names.length);
    for (const { contestants } of all(breadth)) {
      t.is(new Set(contestants.map(({ name }) => name)).size, contestants.length);
    }
  }
});

test('whom the ratios refer to takes part wherever a scenario goes', (t) => {
  for (const breadth of BREADTHS) {
    for (const scenario of all(breadth)) {
      for (const target of ['tmpfs', 'loop', 'disk'] as const) {
        for (const depth of scenario.depths[breadth][target]) {
          const names = entrants(scenario, { target, depth }, breadth, []).map(({ name }) => name);
          t.true(names.includes(scenario.reference), `${scenario.name}, ${target}, ${depth}`);
        }
      }
    }
  }
});

test('reads come before writes, which leave marks where reads expect the pattern', (t) => {
  const writes = all('usual').map(({ write }) => write);
  t.deepEqual(writes, [...writes].sort());
});

test('every scenario is tried in a smoke run', (t) => {
  for (const { name, depths } of all('smoke')) {
    // The size of a block is all that these differ in from others.
    if (name.endsWith('-128k')) continue;
    t.true(
      Object.values(depths.smoke).some((list) => list.length > 0),
      name,
    );
  }
});

test('a scenario is named by its name or by how it begins', (t) => {
  t.true(isNamed('scaling-depth', ['scaling']));
  t.true(isNamed('scaling-depth', ['random', 'scaling-depth']));
  t.false(isNamed('scaling-depth', ['scal']));
  t.false(isNamed('scaling-depth', ['scaling-files']));
});

test('files hold together as much, however many they are, in whole blocks', (t) => {
  const target: Target = { name: 'tmpfs', summary: '', path: '/a/target.bin', size: 2 ** 30, countersPath: '' };
  for (const count of [1, 10, 100, 1000, 10_000]) {
    const { directory, length, size } = fileSet(target, count, 4096);
    t.is(directory, `/a/files-${count}`);
    t.is(length % 4096, 0);
    t.is(size, length * count);
    t.true(size > 0.85 * 2 ** 27 && size <= 2 ** 27, `${count}: ${size}`);
  }
  t.is(fileSet({ ...target, size: 2 ** 20 }, 10_000, 4096).length, 4096, 'no less than a block');
});

test('what costs more where more is under way does not reach its bar', (t) => {
  t.deepEqual(judgeBars(growthCell(1)), [], 'of few rounds nothing is said');
  const results = (factor: number) =>
    judgeBars(twice(growthCell(factor))).map(({ comparison, result }) => [comparison.of, result]);
  t.deepEqual(results(1.2), [
    ['linux-aio, 10', 'reached'],
    ['linux-aio, 100', 'NOT REACHED'],
  ]);
});

test('a start-up that takes too long does not reach its bar', (t) => {
  t.regex(startFindings(startUp([20, 21, 22]))[0]!, /^reached: under 30 ms: 21\.0 ms/);
  t.regex(startFindings(startUp([40, 41, 42]))[0]!, /^NOT REACHED/);
  t.regex(startFindings(startUp([10, 40, 50]))[0]!, /^reached, by its interval alone/);
});
