import { type Comparison, compare, ROUNDS_FOR_A_VERDICT } from './comparison.js';
import { FIO_LIBAIO, FIO_PSYNC } from '../baselines/fio-names.js';
import { NODE_FS_PROMISES } from '../baselines/node-fs.js';
import type { Cell, Series } from './run.js';
import type { TargetName } from './target.js';
import { FIXED_CHUNK, SEARCHED, USUAL_CHUNK } from '../scenarios/chunks/scenario.js';
import {
  BATCHES,
  BATCHES_ALONE,
  HUGE_PAGES,
  PROMISES,
  PROMISES_ALONE,
  PROMISES_ASLEEP,
} from '../scenarios/random/ours.js';
import { OURS } from '../scenarios/scaling/line.js';
import { CEILING } from '../baselines/ceiling.js';

/** Stands for the fastest set-up of node:fs in the cell. */
export const BEST_NODE_FS = 'the best node:fs';
/** Stands for the fastest of those whose chunk is fixed. */
const BEST_CHUNK = 'the best fixed chunk';

/** How a ratio has to be. */
interface Limits {
  field: 'iops' | 'cpuMicrosPerOperation';
  least?: number;
  most?: number;
}

/** What one of ours is to reach. */
interface Bar extends Limits {
  /** What the scenario's name begins with. @default 'random' */
  scenario?: string;
  contestant: string;
  to: string;
  targets: readonly TargetName[];
  /** Every depth when left out. */
  depths?: readonly number[];
}

const BARS: readonly Bar[] = [
  { contestant: BATCHES, to: CEILING, field: 'iops', least: 0.95, targets: ['tmpfs'], depths: [32, 128] },
  { contestant: PROMISES, to: CEILING, field: 'iops', least: 0.85, targets: ['tmpfs'], depths: [32, 128] },
  // The ceiling has one thread: so much of it is left to who has no more.
  { contestant: BATCHES_ALONE, to: CEILING, field: 'iops', least: 0.95, targets: ['tmpfs'], depths: [32, 128] },
  { contestant: PROMISES_ALONE, to: CEILING, field: 'iops', least: 0.85, targets: ['tmpfs'], depths: [32, 128] },
  { contestant: PROMISES, to: FIO_LIBAIO, field: 'iops', least: 1, targets: ['loop'], depths: [1, 2, 4, 8, 32, 128] },
  { contestant: PROMISES, to: FIO_PSYNC, field: 'iops', least: 1, targets: ['loop'], depths: [1] },
  { contestant: PROMISES, to: FIO_LIBAIO, field: 'iops', least: 1, targets: ['disk'], depths: [1, 32, 128] },
  {
    contestant: PROMISES,
    to: NODE_FS_PROMISES,
    field: 'cpuMicrosPerOperation',
    most: 0.2,
    targets: ['disk', 'loop'],
  },
  // Waiting awake is to cost no more than sleeping does.
  {
    contestant: PROMISES,
    to: PROMISES_ASLEEP,
    field: 'cpuMicrosPerOperation',
    most: 1,
    targets: ['loop'],
    depths: [1, 2, 4, 8],
  },
  {
    contestant: PROMISES,
    to: PROMISES_ASLEEP,
    field: 'cpuMicrosPerOperation',
    most: 1.1,
    targets: ['disk'],
    depths: [1],
  },
  { contestant: PROMISES, to: BEST_NODE_FS, field: 'iops', least: 3, targets: ['loop'], depths: [32] },
  ...[SEARCHED, USUAL_CHUNK].map((contestant): Bar => ({
    scenario: 'chunks',
    contestant,
    to: BEST_CHUNK,
    field: 'iops',
    least: 0.95,
    targets: ['tmpfs', 'loop', 'disk'],
  })),
  // fio's memory lies in small pages, as that of the first.
  ...[PROMISES, HUGE_PAGES].map((contestant): Bar => ({
    scenario: 'sequential',
    contestant,
    to: FIO_LIBAIO,
    field: 'iops',
    least: 1,
    targets: ['loop', 'disk'],
  })),
];

/** How a cell stands to a bar. */
export interface BarResult {
  comparison: Comparison;
  /** Whom the bar names: of some, the best is compared with. */
  rival: string;
  field: Bar['field'];
  bar: string;
  /** By its interval alone: with more rounds it may turn out either way. */
  result: 'reached' | 'reached, by its interval alone' | 'NOT REACHED';
}

/** A contestant of the cell, if it was measured. */
export function find(cell: Cell, name: string): Series | undefined {
  if (name === BEST_NODE_FS) return best(cell, ({ isNodeFs }) => isNodeFs);
  if (name === BEST_CHUNK) return best(cell, ({ contestant }) => contestant.startsWith(FIXED_CHUNK));
  return cell.series.find(({ contestant }) => contestant === name);
}

/** The fastest of some. */
function best(cell: Cell, isOne: (series: Series) => boolean): Series | undefined {
  return cell.series
    .filter(isOne)
    .reduce<Series | undefined>(
      (first, series) => (first === undefined || compare(series, first).ratio > 1 ? series : first),
      undefined,
    );
}

function judge(bar: Bar, cell: Cell): BarResult[] {
  if (
    !cell.scenario.startsWith(bar.scenario ?? 'random') ||
    !bar.targets.includes(cell.target) ||
    bar.depths?.includes(cell.depth) === false
  )
    return [];
  const ours = find(cell, bar.contestant);
  const theirs = find(cell, bar.to);
  if (ours === undefined || theirs === undefined || ours.rounds.length < ROUNDS_FOR_A_VERDICT) return [];
  return [
    against(
      bar,
      bar.to,
      compare(ours, theirs, (round) => round[bar.field]),
    ),
  ];
}

/** How a ratio stands to its limits, and these in words. */
export function standing(
  { least = -Infinity, most = Infinity }: { least?: number; most?: number },
  { ratio, interval }: Comparison,
): Pick<BarResult, 'bar' | 'result'> {
  const reaches = (low: number, high: number) => high >= least && low <= most;
  const included = reaches(...interval) ? 'reached, by its interval alone' : 'NOT REACHED';
  const bar = least === -Infinity ? `at most ${most}` : `at least ${least}`;
  return { bar, result: reaches(ratio, ratio) ? 'reached' : included };
}

function against(limits: Limits, rival: string, comparison: Comparison): BarResult {
  return { comparison, rival, field: limits.field, ...standing(limits, comparison) };
}

/** CPU time of an operation where more of something is under way, beside that of the reference: it is to stay the same. */
const FLAT: Limits = { field: 'cpuMicrosPerOperation', most: 1.25 };

/** Of those of ours that have more of it than the reference. */
function judgeGrowth(cell: Cell): BarResult[] {
  const reference = cell.series.find(({ contestant }) => contestant === cell.reference);
  const from = reference?.at?.value;
  if (reference === undefined || from === undefined || reference.rounds.length < ROUNDS_FOR_A_VERDICT) return [];
  return cell.series
    .filter(({ at }) => at?.line === OURS && at.value > from)
    .map((series) =>
      against(
        FLAT,
        cell.reference,
        compare(series, reference, (round) => round[FLAT.field]),
      ),
    );
}

/** The bars that are set for the cell. What the interval includes is reached; with few rounds, nothing is said. */
export function judgeBars(cell: Cell): BarResult[] {
  return [...BARS.flatMap((bar) => judge(bar, cell)), ...judgeGrowth(cell)];
}
