import type { RunRecord } from '../../benchmark/harness/record.js';
import type { Round } from '../../benchmark/harness/round.js';
import type { Cell, Series } from '../../benchmark/harness/run.js';
import type { TargetName } from '../../benchmark/harness/target.js';
import type { DelayCell, DelayRound } from '../../benchmark/scenarios/loop-delay/measure.js';
import { CONTESTANTS } from '../../benchmark/scenarios/loop-delay/loads.js';
import { NODE_FS, OURS, type StartRound, type StartUp } from '../../benchmark/scenarios/start-up/start.js';
import type { Side, TransferCell, TransferName, TransferSeries } from '../../benchmark/scenarios/transfer/cell.js';

/** Three rounds, none as fast as the one before. */
function rounds(iops: number, more: Partial<Round>): Round[] {
  return [1, 0.98, 0.96].map((share) => ({
    operations: iops,
    seconds: 1,
    cpuMicrosPerOperation: 1e5 / iops,
    voluntarySwitches: 1,
    involuntarySwitches: 1,
    iops: iops * share,
    machineMicrosPerOperation: 2e5 / iops,
    stealPercent: 0,
    load: 1,
    ...more,
  }));
}

function series(contestant: string, iops: number, more: Partial<Round> = {}): Series {
  const environment = { UV_THREADPOOL_SIZE: '4' };
  return {
    contestant,
    summary: `${contestant} <b>`,
    isNodeFs: contestant.startsWith('node:fs'),
    command: 'node a.js',
    environment,
    rounds: rounds(iops, more),
    discarded: [],
  };
}

/** What the cell's contestants did, each `factor` times as fast. */
export function cell(target: TargetName, depth: number, factor = 1): Cell {
  const latency = { p50: 10, p90: 12, p99: 20, p999: 90 };
  return {
    scenario: 'random-read',
    target,
    depth,
    block: 4096,
    reference: 'ceiling',
    heat: [],
    stealPercent: [0, 0, 0],
    series: [
      series('ceiling', 100_000 * depth),
      series('linux-aio, batches', 95_000 * depth * factor, { latency }),
      series('linux-aio, promises', 90_000 * depth * factor, { latency }),
      series('node:fs O_DIRECT', 20_000 * depth, { latency }),
    ],
  };
}

/** A cell with rounds enough for a verdict. */
export function twice(one: Cell): Cell {
  return { ...one, series: one.series.map((each) => ({ ...each, rounds: [...each.rounds, ...each.rounds] })) };
}

/** A cell whose contestants differ in a number only; an operation costs `factor` times as much with ten times of it. */
export function growthCell(factor: number): Cell {
  const values = [1, 10, 100];
  const axis = 'open files';
  const one = (line: string, value: number): Series => ({
    ...series(`${line}, ${value}`, 1000, { cpuMicrosPerOperation: factor ** Math.log10(value) }),
    at: { line, axis, value },
  });
  return {
    ...cell('tmpfs', 32),
    scenario: 'scaling-files',
    reference: 'linux-aio, 1',
    series: values.flatMap((value) => [one('linux-aio', value), one('ceiling', value)]),
  };
}

/** Starts that took so many milliseconds in all. */
export function startUp(sums: readonly number[]): StartUp {
  const round = (share: number): StartRound => ({
    starts: sums.map((sum) => ({ import: sum - 2, open: 1, read: 1, sum: sum * share, cpu: sum, life: 2 * sum })),
    stealPercent: 0,
    load: 1,
  });
  return { rounds: { [OURS]: [round(1), round(1)], [NODE_FS]: [round(0.1), round(0.1)] } };
}

function delayCell(filesystem: string, load: string): DelayCell {
  const round: DelayRound = {
    operations: 1000,
    p50: 1,
    p99: 2,
    max: 9,
    eventP50: 0.1,
    eventP99: 1,
    eventMax: 3,
    stealPercent: 0,
    load: 1,
  };
  const all = CONTESTANTS.map((name) => [name, [round, round]]);
  return { filesystem, load, rounds: Object.fromEntries(all) as DelayCell['rounds'] };
}

/** Six rounds of somebody who moves so many bytes a second, at so many seconds of CPU time for 10^9 bytes. */
function transferSeries(contestant: string, side: Side, rate: number, cpu: number): TransferSeries {
  const bytes = 2 ** 30;
  const rounds = [1, 1.01, 0.99, 1.02, 0.98, 1].map((share) => ({
    bytes,
    seconds: bytes / (rate * share),
    cpuSeconds: (cpu * bytes) / 1e9,
    machineSeconds: 1,
    stealPercent: 0,
    load: 1,
  }));
  return { contestant, summary: `${contestant} <b>`, side, command: 'node a.js', rounds, discarded: [] };
}

/** Ours `factor` times as fast as dd, which is faster than node:fs, at `share` of the CPU time of node:fs's cheaper set-up. */
export function transferCell(scenario: TransferName, factor: number, share: number): TransferCell {
  return {
    scenario,
    place: 'loop',
    where: 'files <b>',
    bytes: 2 ** 30,
    stealPercent: [0, 0, 0, 0, 0, 0],
    series: [
      transferSeries('linux-aio, blocks', 'ours', 2e9 * factor, 0.4 * share),
      transferSeries('node:fs, 64 KiB', 'node:fs', 1e9, 0.5),
      transferSeries('node:fs, 1 MiB', 'node:fs', 0.9e9, 0.4),
      transferSeries('dd', 'other', 2e9, 0.1),
    ],
  };
}

/** A run of a small benchmark. */
export function benchmarkRecord(date: string, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    command: 'npm run benchmark -- --quick',
    machine: {
      date,
      commit: '0123456789abcdef0123456789abcdef01234567',
      kernel: 'Linux 6.1.0 x64',
      cpu: 'A processor',
      cpus: 2,
      memoryMebibytes: 1024,
      node: 'v20.19.0',
      v8: '11.3',
    },
    options: {
      scenarios: [],
      rounds: 3,
      seconds: 1,
      warmup: 0.5,
      size: 1 << 20,
      targets: ['disk', 'loop'],
      only: [],
      verify: 4096,
      keep: false,
      breadth: 'usual',
    },
    targets: [],
    skipped: [{ name: 'loop', reason: 'losetup needs root' }],
    cells: [cell('disk', 1), cell('disk', 32), cell('loop', 32)],
    transfers: [],
    delays: [
      delayCell('ext4', 'reads of 4 KiB'),
      delayCell('ext4', 'appends of 4 KiB'),
      delayCell('xfs', 'reads of 4 KiB'),
    ],
    ...changes,
  };
}
