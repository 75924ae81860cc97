import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cleanup } from '../harness/cleanup.js';
import { progress, runProgram, typedCommand } from '../harness/command-line.js';
import { cpuTicks, describeMachine } from '../harness/machine.js';
import { buildPrograms, programPath } from '../harness/program.js';
import { createScratch } from '../harness/scratch.js';
import { seededRandom } from '../harness/statistics.js';
import { loopTarget, type Skipped, type Target } from '../harness/target.js';
import { build, type Build } from './build.js';
import { addToHistory } from './history.js';
import { HELP, type Options, parseOptions } from './options.js';
import type { Cell } from './protocol.js';
import { conclusion, isAllBlind, judge, regressions, type Result } from './result.js';
import { type Course, type Outcome, playRound } from './round.js';
import { LEGEND, markdown, terminalTable } from './table.js';
import { tmpfsTarget } from './tmpfs-target.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRATCH = join(ROOT, '.benchmark-scratch');
/** Nothing was measured, or nothing that tells anything. Not 1, which says that the head is worse. */
const FAILED = 3;

async function makeTargets({ targets, size }: Options, cleanup: Cleanup) {
  const found: Target[] = [];
  const skipped: Skipped[] = [];
  for (const name of targets) {
    const made = await (name === 'tmpfs' ? tmpfsTarget : loopTarget)(size, cleanup);
    if ('reason' in made) skipped.push(made);
    else found.push(made);
  }
  for (const { name, reason } of skipped) console.log(`SKIPPED ${name}: ${reason}`);
  if (found.length === 0) throw new Error('there is nothing to read from');
  return { targets: found, skipped };
}

function cellsOf({ targets }: Pick<Course, 'targets'>, { depths, loads }: Options): Cell[] {
  return targets.flatMap(({ name: target }) =>
    depths.flatMap((depth) => loads.map((load) => ({ target, depth, load }))),
  );
}

async function playRounds(cells: readonly Cell[], course: Course): Promise<Map<Cell, Outcome[]>> {
  const outcomes = new Map(cells.map((cell) => [cell, [] as Outcome[]]));
  for (let round = 1; round <= course.options.rounds; round++) {
    progress(`round ${round} of ${course.options.rounds}`);
    for (const [cell, outcome] of await playRound(cells, course)) outcomes.get(cell)?.push(outcome);
  }
  progress('');
  return outcomes;
}

function withoutLibrary({ name, commit }: Build): Omit<Build, 'library'> {
  return { name, commit };
}

async function measure(options: Options, cleanup: Cleanup): Promise<Result> {
  const scratch = await createScratch(SCRATCH, cleanup);
  const place = { cache: join(SCRATCH, 'compare'), scratch, cleanup };
  progress('building the base');
  const base = await build(options.base, place);
  progress('building the head');
  const head = await build(options.head, place);
  progress('building what measures them');
  const programs = join(scratch, 'build');
  await buildPrograms(programs);
  progress('');
  const { targets, skipped } = await makeTargets(options, cleanup);
  const machine = describeMachine();
  const course: Course = {
    program: programPath(programs, 'compare/player.child'),
    builds: { base, twin: base, head },
    targets,
    options,
    random: seededRandom(Date.now()),
    signal: cleanup.signal,
  };
  const [before, began] = [cpuTicks(), performance.now()];
  const outcomes = await playRounds(cellsOf(course, options), course);
  const after = cpuTicks();
  return {
    command: typedCommand('benchmark:compare'),
    machine,
    base: withoutLibrary(base),
    head: withoutLibrary(head),
    options,
    targets,
    skipped,
    seconds: (performance.now() - began) / 1000,
    stealPercent: ((after.steal - before.steal) / Math.max(1, after.total - before.total)) * 100,
    ...judge(outcomes, options.tolerance),
  };
}

async function save(result: Result, { output, history }: Options): Promise<void> {
  await mkdir(output, { recursive: true });
  await writeFile(join(output, 'result.json'), `${JSON.stringify(result, undefined, 1)}\n`);
  await writeFile(join(output, 'result.md'), markdown(result));
  await addToHistory(history, result);
  console.log(`\nraw data: ${relative('.', join(output, 'result.json'))}, as a document: result.md beside it`);
}

/** @returns the exit code. */
async function compareBuilds(options: Options, cleanup: Cleanup): Promise<number> {
  const result = await measure(options, cleanup);
  await save(result, options);
  console.log(`\n${terminalTable(result)}\n${LEGEND}\n`);
  const found = regressions(result);
  for (const words of found) console.log(`WORSE: ${words}`);
  console.log(`${conclusion(result)}.`);
  if (found.length > 0) return 1;
  return isAllBlind(result) ? FAILED : 0;
}

process.exitCode = await runProgram(
  { name: 'benchmark:compare', help: HELP, parse: parseOptions, failed: FAILED },
  compareBuilds,
);
