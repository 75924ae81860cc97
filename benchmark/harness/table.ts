import { CEILING } from '../baselines/ceiling.js';
import { ratioText, ROUNDS_FOR_A_VERDICT, verdict } from './comparison.js';
import { markdownOf, tableOf } from './plain-table.js';
import type { Row } from './summary.js';

interface Column {
  /** Two lines at most, for a terminal. */
  head: string;
  text: (row: Row) => string;
  /** Left out where a terminal is narrow. */
  detail?: boolean;
}

/** Of the column with the ratios. */
const OF = 'of';

const COLUMNS: readonly Column[] = [
  { head: 'contestant', text: (row) => row.contestant },
  { head: 'k IOPS\nmedian', text: ({ iops }) => kilo(iops.median) },
  { head: 'min-max', text: ({ iops }) => `${kilo(iops.min)}-${kilo(iops.max)}` },
  { head: 'quartiles', text: ({ iops }) => `${kilo(iops.q1)}-${kilo(iops.q3)}`, detail: true },
  { head: OF, text: ({ comparison }) => (comparison ? ratioText(comparison) : '1') },
  { head: 'verdict', text: verdictText },
  { head: 'CPU\nus/op', text: (row) => row.cpuMicrosPerOperation.toFixed(2) },
  { head: 'machine\nus/op', text: (row) => row.machineMicrosPerOperation.toFixed(2), detail: true },
  { head: 'AIO calls\n/op', text: (row) => fixed(row.callsPerOperation, 2), detail: true },
  { head: 'depth', text: (row) => fixed(row.achievedDepth, 1) },
  { head: 'device\ndepth', text: (row) => fixed(row.deviceDepth, 1) },
  { head: 'device\nops/op', text: (row) => fixed(row.deviceRequestsPerOperation, 2), detail: true },
  { head: 'switches\n/op', text: (row) => row.switchesPerOperation.toFixed(2), detail: true },
  { head: 'steal\n%', text: (row) => row.stealPercent.toFixed(1) },
];

/** Columns of a terminal that hold the whole table. */
const WIDE = 140;

/** What the columns mean. */
export const LEGEND = `k IOPS: median, range and quartiles over the rounds. of: operations a second beside the reference's, median of the ratios within
one round, with its 95 % bootstrap interval. verdict: faster or slower only where the interval excludes 1. CPU: user and system time of the
process; machine: busy time of all CPUs, kernel threads included. AIO calls: io_submit and io_getevents, by those who count
them. depth: mean in flight as the contestant counts it, and as the block device does. device ops/op: below 1 the page cache
answered the rest. switches: context switches of the process. steal: CPU time that the hypervisor gave to others, median.`;

function kilo(iops: number): string {
  return (iops / 1000).toFixed(iops < 100_000 ? 1 : 0);
}

function fixed(value: number | undefined, digits: number): string {
  return value === undefined ? '-' : value.toFixed(digits);
}

function verdictText({ comparison, rounds }: Row): string {
  return comparison === undefined || rounds < ROUNDS_FOR_A_VERDICT ? '-' : verdict(comparison);
}

/** Whose ratios stand in the table: the reference's, by its name where there is room for it. */
function headsOf(columns: readonly Column[], rows: readonly Row[]): string[] {
  const to = rows.find(({ comparison }) => comparison !== undefined)?.comparison?.to ?? CEILING;
  return columns.map(({ head }) => (head === OF ? `of\n${to}` : head));
}

const textsOf = (columns: readonly Column[], rows: readonly Row[]): string[][] =>
  rows.map((row) => columns.map(({ text }) => text(row)));

/** For a terminal; all columns where it is wide enough, or where it is none. */
export function terminalTable(rows: readonly Row[]): string {
  const isNarrow = process.stdout.isTTY && process.stdout.columns < WIDE;
  const columns = COLUMNS.filter(({ detail }) => !(detail && isNarrow));
  return tableOf(headsOf(columns, rows), textsOf(columns, rows));
}

/** The same for a document. */
export function markdownTable(rows: readonly Row[]): string {
  return markdownOf(headsOf(COLUMNS, rows), textsOf(COLUMNS, rows));
}
