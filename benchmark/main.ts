import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFio } from './baselines/fio-install.js';
import { whyNoRonomon } from './baselines/ronomon.js';
import type { Cleanup } from './harness/cleanup.js';
import { progress, runProgram, typedCommand } from './harness/command-line.js';
import { entrants, type Scenario } from './harness/contestant.js';
import { findings } from './harness/findings.js';
import { describeMachine } from './harness/machine.js';
import { HELP, isNamed, type Options, parseOptions } from './harness/options.js';
import { buildExample, buildPrograms, programPath } from './harness/program.js';
import { type RunRecord, save } from './harness/record.js';
import { runCell, secondsOf } from './harness/run.js';
import { summarize } from './harness/summary.js';
import { LEGEND, terminalTable } from './harness/table.js';
import { createScratch } from './harness/scratch.js';
import { noiseLines } from './harness/sweeps.js';
import { diskTarget, loopTarget, type Target, tmpfsTarget } from './harness/target.js';
import { saveReports } from './report/save.js';
import { DEPTH } from './scenarios/loop-delay/loads.js';
import { makeFilesystems, measureDelays } from './scenarios/loop-delay/measure.js';
import { DELAY_LEGEND, delayTable, missed } from './scenarios/loop-delay/table.js';
import { scenarios } from './scenarios/scenarios.js';
import { measureStartUp } from './scenarios/start-up/measure.js';
import { TRANSFERS } from './scenarios/transfer/cell.js';
import { measureTransfers } from './scenarios/transfer/run.js';
import { TRANSFER_LEGEND, transferFindings, transferTable, transferTitle } from './scenarios/transfer/table.js';
import { START_LEGEND, startFindings, startTable } from './scenarios/start-up/table.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCRATCH = join(ROOT, '.benchmark-scratch');

function asked({ scenarios: names, breadth }: Options, name: string, isRare = false): boolean {
  return names.length === 0 ? !isRare || breadth !== 'usual' : isNamed(name, names);
}

/** Without the contestants that are not to be had here. */
async function prepareScenarios({ options, skipped }: RunRecord, programs: string): Promise<Scenario[]> {
  const wanted = (example: string) =>
    scenarios(options.breadth, (name) => programPath(programs, name), example).filter(({ name, rare }) =>
      asked(options, name, rare),
    );
  if (wanted('').length === 0) return [];
  const missing = [...(await installFio()), ...whyNoRonomon()];
  skipped.push(...missing);
  const isThere = ({ name }: { name: string }) => !missing.some((one) => name.startsWith(one.name));
  return wanted(await buildExample('ceiling')).map((scenario) => ({
    ...scenario,
    contestants: scenario.contestants.filter(isThere),
  }));
}

async function addTargets(record: RunRecord, scratch: string, cleanup: Cleanup): Promise<void> {
  const { size, targets } = record.options;
  progress('writing the files to read from');
  const made = [
    ...(targets.includes('tmpfs') ? [await tmpfsTarget(size, cleanup)] : []),
    ...(targets.includes('loop') ? [await loopTarget(size, cleanup)] : []),
    ...(targets.includes('disk') ? [await diskTarget(scratch, size, cleanup)] : []),
  ];
  for (const target of made) {
    if ('reason' in target) record.skipped.push(target);
    else record.targets.push(target);
  }
}

function depthsOf({ depths }: Scenario, { name }: Target, options: Options): readonly number[] {
  if (options.depths === 'all') return depths.full[name];
  const own = depths[options.breadth][name];
  // Where a scenario does not go, it has no depths.
  return own.length === 0 ? [] : (options.depths ?? own);
}

/** How long all the rounds of these will take, if none has to be made again; a process starts and ends in about 0.4 s. */
function minutes(chosen: readonly Scenario[], { options, targets }: RunRecord): number {
  let seconds = 0;
  for (const scenario of chosen) {
    const each = secondsOf(scenario, options) + options.warmup + 0.4;
    for (const target of targets) {
      for (const depth of depthsOf(scenario, target, options)) {
        const invited = entrants(scenario, { target: target.name, depth }, options.breadth, options.only);
        const measured = invited.filter(({ part }) => options.breadth !== 'usual' || part !== 'candidate');
        seconds += measured.length * options.rounds * each;
      }
    }
  }
  return Math.ceil(seconds / 60);
}

/** Every scenario but start-up, the loop's delay and transfers: cells of a target at a depth. */
async function benchmarkCells(record: RunRecord, programs: string, scratch: string, cleanup: Cleanup): Promise<void> {
  const { options } = record;
  const chosen = await prepareScenarios(record, programs);
  if (chosen.length === 0) return;
  await addTargets(record, scratch, cleanup);
  progress('');
  tellTargets(record);
  const run = { cpus: options.cpus, signal: cleanup.signal };
  const about = minutes(chosen, record);
  console.log(`about ${about} ${about === 1 ? 'minute' : 'minutes'} for what is random, sequential or grows`);
  for (const scenario of chosen) {
    for (const target of record.targets) {
      const depths = depthsOf(scenario, target, options);
      if (depths.length > 0) await scenario.prepare?.(target, cleanup.signal);
      for (const depth of depths) {
        const title = `${scenario.name}, ${target.name}, depth ${depth}`;
        const cell = await runCell(scenario, target, depth, options, run, (text) => {
          progress(`${title}: ${text}`);
        });
        progress('');
        record.cells.push(cell);
        console.log(`\n${title}\n${terminalTable(summarize(cell))}`);
        for (const line of findings(cell)) console.log(line);
      }
    }
  }
  console.log(`\n${LEGEND}`);
}

function tellTargets(record: RunRecord): void {
  for (const { name, reason } of record.skipped) console.log(`SKIPPED ${name}: ${reason}`);
  for (const { name, summary } of record.targets) console.log(`${name}: ${summary}`);
}

async function benchmarkDelays(record: RunRecord, programs: string, cleanup: Cleanup): Promise<void> {
  progress('making filesystems');
  const filesystems =
    record.options.breadth === 'full' ? (['ext4', 'xfs', 'btrfs', 'tmpfs'] as const) : (['ext4'] as const);
  const { made, skipped } = await makeFilesystems(cleanup, filesystems);
  record.skipped.push(...skipped);
  progress('');
  for (const { name, reason } of skipped) console.log(`SKIPPED ${name}: ${reason}`);
  const program = programPath(programs, 'scenarios/loop-delay/load.child');
  for (const filesystem of made) {
    const { rounds, breadth } = record.options;
    const each = { rounds, breadth, seconds: secondsOf({ share: 0.5 }, record.options) };
    await measureDelays(program, filesystem, each, cleanup.signal, progress, (cell) => {
      progress('');
      record.delays.push(cell);
      console.log(`\nloop-delay, ${cell.filesystem}, ${cell.load}, depth ${DEPTH}\n${delayTable(cell)}`);
      for (const words of missed(cell)) console.log(`NOT REACHED: ${words}`);
      for (const line of noiseLines(cell.stealPercent ?? [])) console.log(line);
    });
  }
  console.log(`\n${DELAY_LEGEND}`);
}

async function benchmarkStartUp(record: RunRecord, scratch: string, { signal }: Cleanup): Promise<void> {
  const startUp = await measureStartUp(join(scratch, 'start-up'), record.options, signal, progress);
  progress('');
  record.startUp = startUp;
  console.log(`\nstart-up\n${startTable(startUp)}`);
  for (const line of startFindings(startUp)) console.log(line);
  console.log(`\n${START_LEGEND}`);
}

async function benchmarkTransfers(record: RunRecord, programs: string, scratch: string, cleanup: Cleanup) {
  const { options, transfers } = record;
  const names = TRANSFERS.filter((name) => asked(options, name, true));
  if (names.length === 0) return;
  const told = (cell: (typeof transfers)[number]) => {
    transfers.push(cell);
    console.log(`\n${transferTitle(cell)}: ${cell.where}\n${transferTable(cell)}`);
    for (const line of transferFindings(cell)) console.log(line);
  };
  const skipped = (one: RunRecord['skipped'][number]) => {
    // Once, not for each place.
    if (record.skipped.some(({ name, reason }) => name === one.name && reason === one.reason)) return;
    record.skipped.push(one);
    console.log(`SKIPPED ${one.name}: ${one.reason}`);
  };
  const { signal } = cleanup;
  await measureTransfers({ names, options, programs, scratch, signal, progress, told, skipped }, cleanup);
  console.log(`\n${TRANSFER_LEGEND}`);
}

async function benchmark(options: Options, cleanup: Cleanup): Promise<void> {
  const scratch = await createScratch(SCRATCH, cleanup);
  const record: RunRecord = {
    command: typedCommand('benchmark'),
    machine: describeMachine(),
    options,
    targets: [],
    skipped: [],
    cells: [],
    delays: [],
    transfers: [],
  };
  progress('building');
  const programs = join(scratch, 'build');
  await buildPrograms(programs);
  try {
    await benchmarkCells(record, programs, scratch, cleanup);
    if (asked(options, 'start-up')) await benchmarkStartUp(record, scratch, cleanup);
    if (asked(options, 'loop-delay')) await benchmarkDelays(record, programs, cleanup);
    await benchmarkTransfers(record, programs, scratch, cleanup);
  } catch (error) {
    // Who is stopped has what was measured by then; it is no run to keep.
    await leave({ ...record, options: { ...options, keep: false } });
    throw error;
  }
  await leave(record);
}

/** Saves the record and its report, unless there is nothing in it. */
async function leave(record: RunRecord): Promise<void> {
  const { options, cells, delays, transfers, startUp } = record;
  if (cells.length + delays.length + transfers.length === 0 && startUp === undefined) return;
  const runs = join(ROOT, 'benchmark', 'runs');
  const path = await save(record, options.keep ? runs : join(SCRATCH, 'runs'));
  console.log(`\nraw data: ${relative('.', path)}, as a document: ${relative('.', path.replace(/json$/, 'md'))}`);
  const places = { json: path, keep: options.keep, asked: options.report, history: runs };
  for (const report of await saveReports(record, places)) console.log(`report: ${relative('.', report)}`);
}

process.exitCode = await runProgram(
  { name: 'benchmark', help: HELP, parse: parseOptions, failed: 1 },
  async (options, cleanup) => {
    await benchmark(options, cleanup);
    return 0;
  },
);
