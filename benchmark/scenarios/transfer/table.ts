import { ratioText, ROUNDS_FOR_A_VERDICT, verdict } from '../../harness/comparison.js';
import { markdownOf, tableOf } from '../../harness/plain-table.js';
import { median, spread } from '../../harness/statistics.js';
import { noiseLines, STEAL_PERCENT } from '../../harness/sweeps.js';
import { besideNodeFs, besideRival, bestRival, cheapestNodeFs, judgeTransfer } from './bars.js';
import { cpuOf, rateOf, type TransferCell, type TransferRound, type TransferSeries } from './cell.js';

interface Column {
  head: string;
  text: (series: TransferSeries, cell: TransferCell) => string;
  /** Only of what is served. */
  served?: boolean;
}

const middle = ({ rounds }: TransferSeries, field: (round: TransferRound) => number) => median(rounds.map(field));
const perGigabyte = (seconds: number | undefined, { bytes }: TransferRound) => (seconds ?? 0) / (bytes / 1e9);

function rangeText({ rounds }: TransferSeries): string {
  const { min, max } = spread(rounds.map(rateOf));
  return `${min.toFixed(0)}-${max.toFixed(0)}`;
}

function rivalText(series: TransferSeries, cell: TransferCell): string {
  const comparison = besideRival(cell, series);
  if (comparison === undefined) return series === bestRival(cell) ? '1' : '-';
  return ratioText(comparison);
}

function verdictText(series: TransferSeries, cell: TransferCell): string {
  const comparison = besideRival(cell, series);
  return comparison === undefined || series.rounds.length < ROUNDS_FOR_A_VERDICT ? '-' : verdict(comparison);
}

function nodeText(series: TransferSeries, cell: TransferCell): string {
  const comparison = besideNodeFs(cell, series);
  if (comparison === undefined) return series === cheapestNodeFs(cell) ? '1' : '-';
  return ratioText(comparison);
}

const COLUMNS: readonly Column[] = [
  { head: 'contestant', text: ({ contestant }) => contestant },
  { head: 'MB/s\nmedian', text: (series) => middle(series, rateOf).toFixed(0) },
  { head: 'min-max', text: rangeText },
  { head: 'of the\nbest rival', text: rivalText },
  { head: 'verdict', text: verdictText },
  { head: 'CPU\ns/GB', text: (series) => middle(series, cpuOf).toFixed(3) },
  { head: 'of the cheapest\nnode:fs', text: nodeText },
  {
    head: 'machine\ns/GB',
    text: (series) => middle(series, (round) => perGigabyte(round.machineSeconds, round)).toFixed(2),
  },
  {
    head: 'first byte\np99 ms',
    text: (series) => middle(series, ({ firstByteMillis = 0 }) => firstByteMillis).toFixed(1),
    served: true,
  },
  {
    head: 'clients\ns/GB',
    text: (series) => middle(series, (round) => perGigabyte(round.clientSeconds, round)).toFixed(2),
    served: true,
  },
  { head: 'load', text: (series) => middle(series, ({ load }) => load).toFixed(1) },
  { head: 'steal\n%', text: (series) => middle(series, ({ stealPercent }) => stealPercent).toFixed(1) },
];

/** What the columns mean. */
export const TRANSFER_LEGEND = `MB/s (10^6 bytes): median and range over the rounds. of the best rival: bytes a second beside those of the fastest that is not
ours, median of the ratios within one round, with its 95 % bootstrap interval; verdict: faster or slower only where the interval
excludes 1. CPU: user and system time for 10^9 bytes of the process with all its threads (served: of the server's processes);
beside that of the set-up of node:fs that takes least. machine: busy time of all CPUs, the kernel's threads and the clients included.
first byte: from the request to the first byte of its body, the 99th percentile of a round. clients: their own CPU time. What was written
is durable at the end, and was compared afterwards; what was read or served was compared in a pass before.`;

function columnsOf({ scenario }: TransferCell): readonly Column[] {
  return COLUMNS.filter(({ served }) => served !== true || scenario === 'serve');
}

/** Heads and rows of a cell. */
export function transferFigures(cell: TransferCell): { head: string[]; rows: string[][] } {
  const columns = columnsOf(cell);
  const series = cell.series.filter(({ rounds }) => rounds.length > 0);
  return {
    head: columns.map(({ head }) => head),
    rows: series.map((one) => columns.map(({ text }) => text(one, cell))),
  };
}

/** What a cell is called. */
export function transferTitle({ scenario, place, bytes }: TransferCell): string {
  return `${scenario}, ${place}, ${bytes / 2 ** 20} MiB`;
}

/** What a cell shows beside its table, a line each. */
export function transferFindings(cell: TransferCell): string[] {
  const discarded = cell.series[0]?.discarded.length ?? 0;
  const loads = cell.series.flatMap(({ rounds }) => rounds.map(({ load }) => load));
  return [
    ...judgeTransfer(cell).map(
      ({ result, bar, field, comparison }) =>
        `${result}: ${bar}: ${comparison.of}, ${ratioText(comparison)} of ${comparison.to}'s ${field}`,
    ),
    ...(loads.length > 0
      ? [`load average before each measurement: ${median(loads).toFixed(1)}, at most ${Math.max(...loads).toFixed(1)}`]
      : []),
    ...(discarded > 0 ? [`${discarded} rounds were made again, since more than ${STEAL_PERCENT} % was stolen`] : []),
    ...noiseLines(cell.stealPercent),
  ];
}

export function transferTable(cell: TransferCell): string {
  const { head, rows } = transferFigures(cell);
  return tableOf(head, rows);
}

/** The same for a document, with what it shows. */
export function transferMarkdown(cell: TransferCell): string {
  const { head, rows } = transferFigures(cell);
  return [markdownOf(head, rows), '', ...transferFindings(cell).map((line) => `- ${line}`)].join('\n');
}
