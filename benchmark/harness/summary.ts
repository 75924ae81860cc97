import { type Comparison, compare } from './comparison.js';
import type { Cell, Series } from './run.js';
import type { Round } from './round.js';
import { median, type Spread, spread } from './statistics.js';

/** One row: a contestant over all rounds of a cell. */
export interface Row {
  contestant: string;
  rounds: number;
  iops: Spread;
  /** To the reference; nothing for the reference itself. */
  comparison: Comparison | undefined;
  /** Medians. */
  cpuMicrosPerOperation: number;
  machineMicrosPerOperation: number;
  /** io_submit(2) and io_getevents(2), where the contestant counts them. */
  callsPerOperation: number | undefined;
  achievedDepth: number | undefined;
  deviceDepth: number | undefined;
  deviceRequestsPerOperation: number | undefined;
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

/** Who reaps the ring by itself waits in epoll: that is not counted among these. */
function callsPerOperation({ submits, waits = 0, operations }: Round): number | undefined {
  return submits === undefined ? undefined : (submits + waits) / operations;
}

function summarizeSeries(series: Series, reference: Series): Row {
  return {
    contestant: series.contestant,
    rounds: series.rounds.length,
    iops: spread(series.rounds.map((round) => round.iops)),
    comparison: series === reference ? undefined : compare(series, reference),
    cpuMicrosPerOperation: medians(series, (round) => round.cpuMicrosPerOperation),
    machineMicrosPerOperation: medians(series, (round) => round.machineMicrosPerOperation),
    callsPerOperation: knownMedian(series, callsPerOperation),
    achievedDepth: knownMedian(series, (round) => round.achievedDepth),
    deviceDepth: knownMedian(series, (round) => round.deviceDepth),
    deviceRequestsPerOperation: knownMedian(series, (round) => round.deviceRequestsPerOperation),
    switchesPerOperation: medians(
      series,
      (round) => (round.voluntarySwitches + round.involuntarySwitches) / round.operations,
    ),
    stealPercent: medians(series, (round) => round.stealPercent),
  };
}

/** The rows of a cell, in the order of the scenario. */
export function summarize(cell: Cell): Row[] {
  const reference = cell.series.find(({ contestant }) => contestant === cell.reference);
  if (reference === undefined) throw new Error(`${cell.reference} was not measured`);
  return cell.series.map((series) => summarizeSeries(series, reference));
}
