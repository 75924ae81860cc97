import type { RunRecord } from '../harness/record.js';
import { median, spread } from '../harness/statistics.js';
import type { Figures } from '../../src/cli/page/figure.js';
import { transferTitle } from '../scenarios/transfer/table.js';

/** From here on a cell is called noisy: shares of CPU time, and quartiles of the reference beside its median. */
const LIMITS = { stealPercent: 1, spread: 0.1 };

/** What a cell's rounds tell about the machine. */
interface Quiet {
  cell: string;
  steal: number[];
  /** For the reader only: threads that wait for the disk count as load, the benchmark's own too. */
  load: number[];
  /** Distance of the reference's quartiles, relative to its median. */
  spread?: number;
}

function quietOf({ cells, delays, transfers }: RunRecord): Quiet[] {
  const measured = cells.map(({ scenario, target, depth, reference, series }) => {
    const rounds = series.flatMap((one) => one.rounds);
    const its = series.find(({ contestant }) => contestant === reference)?.rounds.map(({ iops }) => iops) ?? [];
    const { q1, q3, median: middle } = its.length === 0 ? { q1: 0, q3: 0, median: 1 } : spread(its);
    return {
      cell: `${scenario}, ${target}, depth ${depth}`,
      steal: rounds.map(({ stealPercent }) => stealPercent),
      load: rounds.map(({ load }) => load),
      spread: (q3 - q1) / middle,
    };
  });
  const delayed = delays.map(({ filesystem, load, rounds }) => {
    const all = Object.values(rounds).flat();
    return {
      cell: `loop-delay, ${filesystem}, ${load}`,
      steal: all.map(({ stealPercent }) => stealPercent),
      load: all.map((round) => round.load),
    };
  });
  const moved = transfers.map((transfer) => {
    const all = transfer.series.flatMap(({ rounds }) => rounds);
    return {
      cell: transferTitle(transfer),
      steal: all.map(({ stealPercent }) => stealPercent),
      load: all.map(({ load }) => load),
    };
  });
  return [...measured, ...delayed, ...moved].filter(({ steal }) => steal.length > 0);
}

function complaints({ steal, spread: breadth = 0 }: Quiet): string[] {
  return [
    ...(Math.max(...steal) > LIMITS.stealPercent ? ['others had the CPUs'] : []),
    ...(breadth > LIMITS.spread ? ['the reference wavers'] : []),
  ];
}

/** How quiet the machine was, cell by cell, and how many cells were noisy. */
export function noise(record: RunRecord): { noisy: number; figures: Figures } {
  const all = quietOf(record).map((quiet) => ({ quiet, words: complaints(quiet) }));
  return {
    noisy: all.filter(({ words }) => words.length > 0).length,
    figures: {
      head: ['cell', 'steal %, median', 'steal %, worst', 'load', "reference's quartiles", 'noisy'],
      rows: all.map(({ quiet, words }) => [
        quiet.cell,
        median(quiet.steal).toFixed(1),
        Math.max(...quiet.steal).toFixed(1),
        median(quiet.load).toFixed(1),
        quiet.spread === undefined ? '-' : `${(quiet.spread * 100).toFixed(0)} %`,
        words.join(', '),
      ]),
    },
  };
}
