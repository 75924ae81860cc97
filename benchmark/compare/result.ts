import type { Machine } from '../harness/machine.js';
import type { Skipped, Target } from '../harness/target.js';
import type { Build } from './build.js';
import { compare, type Comparison, RISK, type Triple } from './comparison.js';
import type { Options } from './options.js';
import type { Cell } from './protocol.js';
import type { Outcome } from './round.js';

/** What was found in a cell. */
export interface CellResult extends Cell {
  operationsPerSecond: Comparison;
  cpuMicrosPerOperation: Comparison;
  rounds: Outcome[];
}

/** Everything that a run has found, as it is kept. */
export interface Result {
  command: string;
  machine: Machine;
  base: Omit<Build, 'library'>;
  head: Omit<Build, 'library'>;
  options: Options;
  targets: Target[];
  skipped: Skipped[];
  seconds: number;
  /** Of the CPU time of the machine, taken by the hypervisor for others. */
  stealPercent: number;
  cells: CellResult[];
}

function triples(rounds: readonly Outcome[], measure: 'operationsPerSecond' | 'cpuMicrosPerOperation'): Triple[] {
  return rounds.map(({ base, twin, head }) => ({ base: base[measure], twin: twin[measure], head: head[measure] }));
}

export function cellResult(cell: Cell, rounds: Outcome[], tolerance: number): CellResult {
  const rule = { tolerance, risk: RISK };
  return {
    ...cell,
    operationsPerSecond: compare(triples(rounds, 'operationsPerSecond'), { ...rule, lessIsBetter: false }),
    cpuMicrosPerOperation: compare(triples(rounds, 'cpuMicrosPerOperation'), { ...rule, lessIsBetter: true }),
    rounds,
  };
}

/** What is worse, in words; empty where the head passes. */
export function regressions({ cells }: Pick<Result, 'cells'>): string[] {
  return cells.flatMap(({ target, depth, load, operationsPerSecond: speed, cpuMicrosPerOperation: cost }) => {
    const where = `${target}, depth ${depth}, ${load}`;
    const found: string[] = [];
    if (speed.verdict === 'worse') {
      found.push(
        `${where}: ${percent(1 - speed.ratio)} fewer operations a second, ${percent(1 - speed.high)} at the least; ` +
          `${percent(speed.tolerance)} would be tolerated`,
      );
    }
    if (cost.verdict === 'worse') {
      found.push(
        `${where}: ${percent(cost.ratio - 1)} more CPU time an operation, ${percent(cost.low - 1)} at the least; ` +
          `${percent(cost.tolerance)} would be tolerated`,
      );
    }
    return found;
  });
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
