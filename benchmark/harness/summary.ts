import type { Cell, Series } from './run.js';
import type { Round } from './round.js';
import { at, median, medianInterval, type Spread, spread } from './statistics.js';

/** One row: a contestant over all rounds of a cell. */
export interface Row {
  contestant: string;
  iops: Spread;
  /** Median over the rounds of the IOPS relative to the reference's in the same round. */
  ratio: number;
  /** 95 % bootstrap interval of it; nothing for the reference itself. */
  ratioInterval: [low: number, high: number] | undefined;
  /** Medians. */
  cpuMicrosPerOperation: number;
  machineMicrosPerOperation: number;
  achievedDepth: number | undefined;
  deviceDepth: number | undefined;
  deviceReadsPerOperation: number | undefined;
  switchesPerOperation: number;
  stealPercent: number;
}

function medians(series: Series, field: (round: Round) => number): number {
  return median(series.rounds.map(field));
}

/** The same for what not every round knows. */
function knownMedian(series: Series, field: (round: Round) => number | undefined): number | undefined {
  const values = series.rounds.map(field).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}

function summarizeSeries(series: Series, reference: Series): Row {
  const ratios = series.rounds.map((round, index) => round.iops / at(reference.rounds, index).iops);
  const row: Row = {
    contestant: series.contestant,
    iops: spread(series.rounds.map((round) => round.iops)),
    ratio: median(ratios),
    ratioInterval: series === reference ? undefined : medianInterval(ratios),
    cpuMicrosPerOperation: medians(series, (round) => round.cpuMicrosPerOperation),
    machineMicrosPerOperation: medians(series, (round) => round.machineMicrosPerOperation),
    achievedDepth: knownMedian(series, (round) => round.achievedDepth),
    deviceDepth: knownMedian(series, (round) => round.deviceDepth),
    deviceReadsPerOperation: knownMedian(series, (round) => round.deviceReadsPerOperation),
    switchesPerOperation: medians(
      series,
      (round) => (round.voluntarySwitches + round.involuntarySwitches) / round.operations,
    ),
    stealPercent: medians(series, (round) => round.stealPercent),
  };
  return row;
}

/** The rows of a cell, in the order of the scenario. */
export function summarize(cell: Cell): Row[] {
  const reference = cell.series.find(({ contestant }) => contestant === cell.reference);
  if (reference === undefined) throw new Error(`${cell.reference} was not measured`);
  return cell.series.map((series) => summarizeSeries(series, reference));
}
