import { type BarResult, standing } from '../../harness/bars.js';
import { type Comparison, compareBy, ROUNDS_FOR_A_VERDICT } from '../../harness/comparison.js';
import { median } from '../../harness/statistics.js';
import { cpuOf, rateOf, type Side, type TransferCell, type TransferName, type TransferSeries } from './cell.js';

/** Bytes a second, of the best rival's: reads and copies. */
const RATE = { least: 1 };
const RATED: readonly TransferName[] = ['stream-read', 'copy'];
/** CPU time for a byte, of node:fs's: of the counterpart's, or of the cheapest set-up's where there is none. */
const CPU = { most: 0.5 };

/** How one of ours stands to a bar. */
export interface TransferBar extends Pick<BarResult, 'bar' | 'result'> {
  comparison: Comparison;
  field: 'bytes a second' | 'CPU time';
}

/** The one of `from` with the largest median. */
function largest(from: readonly TransferSeries[], field: typeof rateOf): TransferSeries | undefined {
  const value = ({ rounds }: TransferSeries) => median(rounds.map(field));
  return from.reduce<TransferSeries | undefined>(
    (best, series) => (best === undefined || value(series) > value(best) ? series : best),
    undefined,
  );
}

const measured = ({ series }: TransferCell) => series.filter(({ rounds }) => rounds.length > 0);
const of = (cell: TransferCell, ...sides: readonly Side[]) => measured(cell).filter(({ side }) => sides.includes(side));

/** The fastest of those that are not ours. */
export function bestRival(cell: TransferCell): TransferSeries | undefined {
  return largest(of(cell, 'node:fs', 'other'), rateOf);
}

/** The set-up of node:fs that costs least: the one that is hardest to come up to. */
export function cheapestNodeFs(cell: TransferCell): TransferSeries | undefined {
  return largest(of(cell, 'node:fs'), (round) => -cpuOf(round));
}

/** Bytes a second beside the best rival's; nothing for that one, and where there is none. */
export function besideRival(cell: TransferCell, series: TransferSeries): Comparison | undefined {
  const rival = bestRival(cell);
  if (rival === undefined || rival === series || series.rounds.length === 0) return undefined;
  return compareBy(series, rival, rateOf);
}

/** CPU time beside the cheapest node:fs's; nothing for that one, and where there is none. */
export function besideNodeFs(cell: TransferCell, series: TransferSeries): Comparison | undefined {
  const rival = cheapestNodeFs(cell);
  if (rival === undefined || rival === series || series.rounds.length === 0) return undefined;
  return compareBy(series, rival, cpuOf);
}

/** CPU time beside that of node:fs where it does the same. */
export function besideCounterpart(cell: TransferCell, series: TransferSeries): Comparison | undefined {
  const counterpart = of(cell, 'node:fs').find(({ contestant }) => contestant === series.counterpart);
  return counterpart === undefined ? besideNodeFs(cell, series) : compareBy(series, counterpart, cpuOf);
}

/** The bars that are set for the cell; with few rounds, nothing is said. */
export function judgeTransfer(cell: TransferCell): TransferBar[] {
  return of(cell, 'ours').flatMap((series) => {
    if (series.rounds.length < ROUNDS_FOR_A_VERDICT) return [];
    const rate = RATED.includes(cell.scenario) ? besideRival(cell, series) : undefined;
    const cpu = besideCounterpart(cell, series);
    return [
      ...(rate ? [{ comparison: rate, field: 'bytes a second' as const, ...standing(RATE, rate) }] : []),
      ...(cpu ? [{ comparison: cpu, field: 'CPU time' as const, ...standing(CPU, cpu) }] : []),
    ];
  });
}
