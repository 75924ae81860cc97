import { ratioText } from '../harness/comparison.js';
import type { RunRecord } from '../harness/record.js';
import { median } from '../harness/statistics.js';
import { besideCounterpart, besideRival, bestRival } from '../scenarios/transfer/bars.js';
import { cpuOf, rateOf, type TransferCell, type TransferSeries } from '../scenarios/transfer/cell.js';
import type { Figures } from '../../src/cli/page/figure.js';

const OURS = /^linux-aio, /;

function rowOf(cell: TransferCell, series: TransferSeries): string[] {
  const [rate, cpu] = [rateOf, cpuOf].map((field) => median(series.rounds.map(field))) as [number, number];
  const [rival, counterpart] = [besideRival(cell, series), besideCounterpart(cell, series)];
  return [
    `${cell.scenario}, ${cell.place}`,
    series.contestant.replace(OURS, ''),
    rate.toFixed(0),
    rival === undefined ? '-' : ratioText(rival),
    bestRival(cell)?.contestant ?? '-',
    cpu.toFixed(2),
    counterpart === undefined ? '-' : ratioText(counterpart),
  ];
}

/** What ours move beside the best of their rivals, and what node:fs takes of the processor for the same. */
export function shortTransfers({ transfers }: Pick<RunRecord, 'transfers'>): Figures {
  const rows = transfers.flatMap((cell) =>
    cell.series.filter(({ side, rounds }) => side === 'ours' && rounds.length > 0).map((series) => rowOf(cell, series)),
  );
  return { head: ['', 'by', 'MB/s', 'of the best rival', 'which is', 'CPU s/GB', "of node:fs's"], rows };
}
