import { median, quantile, shuffled } from '../harness/statistics.js';
import type { Target } from '../harness/target.js';
import type { Build } from './build.js';
import type { Options } from './options.js';
import { Player } from './player.js';
import type { Cell, Slice } from './protocol.js';

/** Of one process in one cell: what its quickest eighth of slices reaches. What else runs on a machine only ever slows. */
export interface Figures {
  operationsPerSecond: number;
  cpuMicrosPerOperation: number;
  /** Operations of a slice. */
  operations: number;
  slices: readonly Slice[];
}

/** The base twice: how it differs from itself is what chance does. */
export const SIDES = ['base', 'twin', 'head'] as const;
export type Side = (typeof SIDES)[number];

/** One cell in one round. */
export type Outcome = Record<Side, Figures>;

export interface Course {
  program: string;
  builds: Readonly<Record<Side, Build>>;
  targets: readonly Target[];
  options: Options;
  random: () => number;
  signal: AbortSignal;
}

function quick(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    1 / 8,
  );
}

function figures(slices: readonly Slice[], operations: number): Figures {
  return {
    operationsPerSecond: operations / quick(slices.map(({ seconds }) => seconds)),
    cpuMicrosPerOperation: quick(slices.map(({ cpuMicros }) => cpuMicros)) / operations,
    operations,
    slices,
  };
}

/** Everybody once in random order, then in the opposite one: what changes steadily meets all alike. */
function turns(count: number, random: () => number): Side[] {
  const sides: Side[] = [];
  while (sides.length < count * SIDES.length) {
    const order = shuffled(SIDES, random);
    sides.push(...order, ...order.toReversed());
  }
  return sides.slice(0, count * SIDES.length);
}

async function playCell(cell: Cell, players: Readonly<Record<Side, Player>>, course: Course): Promise<Outcome> {
  const { options, random, targets } = course;
  const target = targets.find(({ name }) => name === cell.target) as Target;
  const { path, size } = target;
  const job = { load: cell.load, path, size, depth: cell.depth, warmup: options.warmup };
  const rates: number[] = [];
  for (const side of shuffled(SIDES, random)) rates.push((await players[side].prepare(job)).operationsPerSecond);
  // The same number for everybody, and of whole batches.
  const operations = Math.max(1, Math.round((median(rates) * options.seconds) / cell.depth)) * cell.depth;
  const slices: Record<Side, Slice[]> = { base: [], twin: [], head: [] };
  for (const side of turns(options.slices, random)) {
    // The positions are the same for the slice of that number of everybody.
    slices[side].push(await players[side].play({ operations, seed: slices[side].length }));
  }
  return {
    base: figures(slices.base, operations),
    twin: figures(slices.twin, operations),
    head: figures(slices.head, operations),
  };
}

/** All cells, in random order, by three new processes: how fast one is depends on its luck, for as long as it lives. */
export async function playRound(cells: readonly Cell[], course: Course): Promise<Map<Cell, Outcome>> {
  const { program, builds, options, signal } = course;
  const start = (side: Side): Player =>
    Player.start(program, builds[side], side === 'head' ? options.slowHead : 0, signal);
  const players = { base: start('base'), twin: start('twin'), head: start('head') };
  const outcomes = new Map<Cell, Outcome>();
  try {
    for (const cell of shuffled(cells, course.random)) {
      signal.throwIfAborted();
      outcomes.set(cell, await playCell(cell, players, course));
    }
  } finally {
    for (const side of SIDES) await players[side].end();
  }
  return outcomes;
}
