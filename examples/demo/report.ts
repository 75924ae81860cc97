import Table from 'cli-table3';
import { type Comparison, ROUNDS, type Round, type Series } from './measure.js';
import { repeats } from './positions.js';
import { READ } from './reader.js';

const HEAD = [
  '',
  'reads/s',
  'linux-aio\nreads',
  'CPU us\nper read',
  'p50\nus',
  'p99\nus',
  'loop delay\np99 ms',
  'from the\ndevice',
];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low = NaN, high = NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return (low + high) / 2;
}

function medianOf(series: Series, field: (round: Round) => number): number {
  return median(series.rounds.map(field));
}

/** Median over the rounds of how many times as many operations `ours` did in the same round. */
function ratio(ours: Series, other: Series): string {
  const ratios = ours.rounds.map(({ iops }, round) => iops / (other.rounds[round]?.iops ?? NaN));
  return `${median(ratios).toFixed(2)} x`;
}

function row(series: Series, ours: Series): string[] {
  const micros = (percentile: number) => String(Math.round(series.latency.getValueAtPercentile(percentile) / 1000));
  const fromDevice = medianOf(series, (round) => round.fromDevice ?? NaN);
  return [
    series.name,
    Math.round(medianOf(series, (round) => round.iops)).toLocaleString('en'),
    series === ours ? '' : ratio(ours, series),
    medianOf(series, (round) => round.cpuPerOperation).toFixed(1),
    micros(50),
    micros(99),
    medianOf(series, (round) => round.loopDelay).toFixed(2),
    Number.isNaN(fromDevice) ? '?' : `${Math.round(fromDevice * 100)} %`,
  ];
}

/** The figures of one depth. */
export function comparisonTable({ depth, series }: Comparison): string {
  const [ours, ...others] = series;
  if (ours === undefined) return '';
  const table = new Table({
    head: [`depth ${depth}`, ...HEAD.slice(1)],
    colAligns: HEAD.map((_, index) => (index === 0 ? 'left' : 'right')),
    colWidths: [21, 11, 12, 10, 8, 8, 12, 10],
    style: { head: [], border: [], compact: true },
  });
  table.push(...[ours, ...others].map((one) => row(one, ours)));
  return table.toString();
}

/** How to read the tables. */
export function legend(comparisons: readonly Comparison[], size: number): string {
  const threads = process.env.UV_THREADPOOL_SIZE ?? '4';
  const lines = [
    `Medians of ${ROUNDS} short rounds, taken in turns; "linux-aio reads" is how many times as many as this row.`,
    'CPU is user and system time of this process with all its threads.',
    `node:fs works on ${threads} threads. "O_DIRECT" does the same work as linux-aio, plain node:fs goes through the page cache,`,
    comparisons.every(({ cold }) => cold)
      ? 'which was emptied of the file before each round: "from the device" says how much of the bytes came from there.'
      : 'which could not be emptied of the file here (GNU dd does it), so that it answers from memory.',
  ];
  if (repeats(size, READ)) {
    lines.push(
      'The file is small: the same blocks are read again and again, and disks answer that from their own memory.',
    );
  }
  return lines.map((line) => `  ${line}`).join('\n');
}
