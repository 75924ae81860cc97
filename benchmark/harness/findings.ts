import { FIO_LIBAIO, FIO_PSYNC } from '../baselines/fio-names.js';
import { BATCHES, HUGE_PAGES, PROMISES } from '../scenarios/random/ours.js';
import { BEST_NODE_FS, find, judgeBars } from './bars.js';
import { compare, ratioText, ROUNDS_FOR_A_VERDICT, verdict } from './comparison.js';
import type { Cell } from './run.js';
import { median } from './statistics.js';
import { noiseLines, STEAL_PERCENT } from './sweeps.js';

/** Ours beside each rival of the cell. */
function comparisons(cell: Cell): string[] {
  return [BATCHES, PROMISES, HUGE_PAGES].flatMap((name) => {
    const ours = find(cell, name);
    return [FIO_LIBAIO, FIO_PSYNC, BEST_NODE_FS].flatMap((rival) => {
      const theirs = find(cell, rival);
      if (ours === undefined || theirs === undefined || ours.rounds.length < ROUNDS_FOR_A_VERDICT) return [];
      const comparison = compare(ours, theirs);
      const which = rival === BEST_NODE_FS ? `${rival} (${comparison.to})` : rival;
      return [`${name}: ${ratioText(comparison)} of ${which}: ${verdict(comparison)}`];
    });
  });
}

/** Where ours are compared with each other, what an operation costs says as much as how many there are. */
function costs(cell: Cell): string[] {
  const reference = find(cell, cell.reference);
  if (reference === undefined || !cell.reference.startsWith('linux-aio')) return [];
  // What grows has bars for that.
  if (reference.at !== undefined || reference.rounds.length < ROUNDS_FOR_A_VERDICT) return [];
  return cell.series
    .filter((series) => series !== reference && series.contestant.startsWith('linux-aio'))
    .map((series) => compare(series, reference, ({ cpuMicrosPerOperation }) => cpuMicrosPerOperation))
    .map((comparison) => `${comparison.of}: ${ratioText(comparison)} of ${comparison.to}'s CPU per operation`);
}

function bars(cell: Cell): string[] {
  return judgeBars(cell).map(({ comparison, field, bar, result }) => {
    const what = field === 'iops' ? 'IOPS' : 'CPU per operation';
    const ratio = `${ratioText(comparison)} of ${comparison.to}'s ${what}`;
    return `${result}: ${bar}: ${comparison.of}, ${ratio}`;
  });
}

function conditions(cell: Cell): string[] {
  const discarded = cell.series[0]?.discarded.length ?? 0;
  const loads = cell.series.flatMap(({ rounds }) => rounds.map(({ load }) => load));
  return [
    `load average before each measurement: ${median(loads).toFixed(1)}, at most ${Math.max(...loads).toFixed(1)}`,
    ...(discarded > 0 ? [`${discarded} rounds were made again, since more than ${STEAL_PERCENT} % was stolen`] : []),
    ...noiseLines(cell.stealPercent),
    ...(cell.heat.length > 0
      ? [
          `heat, k IOPS: ${cell.heat.map(({ contestant, iops }) => `${contestant} ${(iops / 1000).toFixed(1)}`).join('; ')}`,
        ]
      : []),
  ];
}

/** What a cell shows beside its table, a line each. */
export function findings(cell: Cell): string[] {
  return [...comparisons(cell), ...costs(cell), ...bars(cell), ...conditions(cell)];
}
