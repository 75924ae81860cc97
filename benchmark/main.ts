import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cleanup } from './harness/cleanup.js';
import type { Scenario } from './harness/contestant.js';
import { describeMachine } from './harness/machine.js';
import { HELP, type Options, parseOptions } from './harness/options.js';
import { buildExample, buildPrograms, programPath } from './harness/program.js';
import { type RunRecord, save } from './harness/record.js';
import { runCell } from './harness/run.js';
import { summarize } from './harness/summary.js';
import { LEGEND, terminalTable } from './harness/table.js';
import { createScratch } from './harness/scratch.js';
import { diskTarget, loopTarget } from './harness/target.js';
import { randomRead } from './scenarios/random-read/scenario.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCRATCH = join(ROOT, '.benchmark-scratch');

/** One line that is overwritten on a terminal, and left out elsewhere. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
}

async function prepareScenarios(options: Options, scratch: string): Promise<Scenario[]> {
  progress('building');
  const programs = join(scratch, 'build');
  await buildPrograms(programs);
  const all = [randomRead((name) => programPath(programs, name), await buildExample('ceiling'))];
  for (const name of options.scenarios) {
    if (!all.some((scenario) => scenario.name === name)) throw new RangeError(`unknown scenario: ${name}`);
  }
  return all.filter(({ name }) => options.scenarios.length === 0 || options.scenarios.includes(name));
}

async function addTargets(record: RunRecord, scratch: string, cleanup: Cleanup): Promise<void> {
  const { size, targets } = record.options;
  progress('writing the files to read from');
  const made = [
    ...(targets.includes('disk') ? [await diskTarget(scratch, size, cleanup)] : []),
    ...(targets.includes('loop') ? [await loopTarget(size, cleanup)] : []),
  ];
  for (const target of made) {
    if ('reason' in target) record.skipped.push(target);
    else record.targets.push(target);
  }
}

/** How long all the rounds will take; a process starts and ends in about 0.4 s. */
function minutes(scenarios: readonly Scenario[], { options, targets }: RunRecord): number {
  const cells = scenarios.flatMap(({ contestants, depths }) =>
    (options.depths ?? depths).map(() => contestants.length * targets.length),
  );
  const processes = cells.reduce((sum, count) => sum + count, 0) * options.rounds;
  return Math.ceil((processes * (options.seconds + options.warmup + 0.4)) / 60);
}

async function benchmark(options: Options, cleanup: Cleanup): Promise<void> {
  const scratch = await createScratch(SCRATCH, cleanup);
  const record: RunRecord = {
    command: ['npm run benchmark --', ...process.argv.slice(2)].join(' '),
    machine: describeMachine(),
    options,
    targets: [],
    skipped: [],
    cells: [],
  };
  const scenarios = await prepareScenarios(options, scratch);
  await addTargets(record, scratch, cleanup);
  progress('');
  for (const { name, reason } of record.skipped) console.log(`SKIPPED ${name}: ${reason}`);
  for (const { name, summary } of record.targets) console.log(`${name}: ${summary}`);
  const run = { cpus: options.cpus, signal: cleanup.signal };
  console.log(`about ${minutes(scenarios, record)} minutes`);
  for (const scenario of scenarios) {
    for (const target of record.targets) {
      for (const depth of options.depths ?? scenario.depths) {
        const title = `${scenario.name}, ${target.name}, depth ${depth}`;
        const cell = await runCell(scenario, target, depth, options, run, (text) => {
          progress(`${title}: ${text}`);
        });
        progress('');
        record.cells.push(cell);
        console.log(`\n${title}\n${terminalTable(summarize(cell))}`);
      }
    }
  }
  console.log(`\n${LEGEND}`);
  const path = await save(record, options.keep ? join(ROOT, 'benchmark', 'runs') : join(SCRATCH, 'runs'));
  console.log(`\nraw data: ${relative('.', path)}, as a document: ${relative('.', path.replace(/json$/, 'md'))}`);
}

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions();
  } catch (error) {
    console.error(`benchmark: ${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  const cleanup = Cleanup.listen();
  try {
    await benchmark(options, cleanup);
    return 0;
  } catch (error) {
    progress('');
    if (cleanup.exitCode === undefined) console.error(`benchmark: ${(error as Error).message}`);
    return cleanup.exitCode ?? 1;
  } finally {
    await cleanup.run();
  }
}

process.exitCode = await main();
