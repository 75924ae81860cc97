import type { Machine } from '../harness/machine.js';
import { at } from '../harness/statistics.js';
import type { Skipped, Target } from '../harness/target.js';
import type { Build } from './build.js';
import { compare, type Comparison, RISK, type Triple } from './comparison.js';
import type { Options } from './options.js';
import type { Cell } from './protocol.js';
import type { Outcome, Side } from './round.js';

/** What was found where. */
export interface Found {
  operationsPerSecond: Comparison;
  cpuMicrosPerOperation: Comparison;
}

export interface CellResult extends Cell, Found {
  rounds: Outcome[];
}

/** All cells of a target together, as geometric means: their noise is less, and a change of everything shows best. */
export interface TargetResult extends Found {
  target: string;
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
  together: TargetResult[];
}

type Measure = keyof Found;

/** @param rounds of which each is made of the outcomes of some cells. */
function found(rounds: readonly (readonly Outcome[])[], tolerance: number): Found {
  const triples = (measure: Measure): Triple[] => {
    const mean = (outcomes: readonly Outcome[], side: Side): number =>
      Math.exp(outcomes.reduce((sum, outcome) => sum + Math.log(outcome[side][measure]), 0) / outcomes.length);
    return rounds.map((outcomes) => ({
      base: mean(outcomes, 'base'),
      twin: mean(outcomes, 'twin'),
      head: mean(outcomes, 'head'),
    }));
  };
  const rule = { tolerance, risk: RISK };
  return {
    operationsPerSecond: compare(triples('operationsPerSecond'), { ...rule, lessIsBetter: false }),
    cpuMicrosPerOperation: compare(triples('cpuMicrosPerOperation'), { ...rule, lessIsBetter: true }),
  };
}

/** By cell, and by target. */
export function judge(outcomes: ReadonlyMap<Cell, Outcome[]>, tolerance: number): Pick<Result, 'cells' | 'together'> {
  const cells = [...outcomes].map(([cell, rounds]) => ({
    ...cell,
    ...found(
      rounds.map((outcome) => [outcome]),
      tolerance,
    ),
    rounds,
  }));
  const targets = [...new Set(cells.map(({ target }) => target))];
  const together = targets.map((target) => {
    const own = cells.filter((cell) => cell.target === target);
    const rounds = own[0]?.rounds.map((_, index) => own.map((cell) => at(cell.rounds, index))) ?? [];
    return { target, ...found(rounds, tolerance) };
  });
  return { cells, together };
}

/** One comparison under its name. */
export interface Line extends Found {
  target: string;
  depth: string;
  load: string;
}

/** Everything that is judged, the targets as a whole at the end. */
export function linesOf({ cells, together }: Pick<Result, 'cells' | 'together'>): Line[] {
  return [
    ...cells.map((cell) => ({ ...cell, depth: String(cell.depth) })),
    ...together.map((one) => ({ ...one, depth: 'all', load: 'all' })),
  ];
}

/** What is worse, in words; empty where the head passes. */
export function regressions(result: Pick<Result, 'cells' | 'together'>): string[] {
  return linesOf(result).flatMap(({ target, depth, load, operationsPerSecond: speed, cpuMicrosPerOperation: cost }) => {
    const where = depth === 'all' ? `${target}, all together` : `${target}, depth ${depth}, ${load}`;
    const words: string[] = [];
    if (speed.verdict === 'worse') {
      words.push(
        `${where}: ${percent(1 - speed.ratio)} fewer operations a second, ${percent(1 - speed.high)} at the least; ` +
          `${percent(speed.tolerance)} would be tolerated`,
      );
    }
    if (cost.verdict === 'worse') {
      words.push(
        `${where}: ${percent(cost.ratio - 1)} more CPU time an operation, ${percent(cost.low - 1)} at the least; ` +
          `${percent(cost.tolerance)} would be tolerated`,
      );
    }
    return words;
  });
}

/** Noise beyond which a comparison says next to nothing, where so much was not asked to be tolerated. */
const BLIND = 0.1;

/** Whether neither speed nor CPU time can be told from noise. */
export function isBlind({ operationsPerSecond, cpuMicrosPerOperation }: Found): boolean {
  return [operationsPerSecond, cpuMicrosPerOperation].every(
    ({ noise, tolerance }) => noise > BLIND && noise >= tolerance,
  );
}

/** What the run says, in words. */
export function conclusion(result: Pick<Result, 'cells' | 'together'>): string {
  const found = regressions(result).length;
  if (found > 0) return found === 1 ? 'A regression' : `${found} regressions`;
  const lines = linesOf(result);
  const blind = lines.filter(isBlind).length;
  return blind === 0 ? 'No regression' : `No regression seen, ${blind} of ${lines.length} too noisy to tell`;
}

/** Whether nothing of it tells anything. */
export function isAllBlind(result: Pick<Result, 'cells' | 'together'>): boolean {
  return linesOf(result).every(isBlind);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
