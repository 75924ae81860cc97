import type { Round } from './round.js';

/** One measurement of each contestant, by name, made one right after the other. */
export type Sweep<Kind extends Stolen = Round> = ReadonlyMap<string, Kind>;

/** All that has to be known of a measurement here. */
interface Stolen {
  stealPercent: number;
}

/** Above this much steal a sweep is made again. */
export const STEAL_PERCENT = 5;

export const worstSteal = (sweep: Sweep<Stolen>): number =>
  Math.max(...[...sweep.values()].map(({ stealPercent }) => stealPercent));

/** In how many of the rounds, of which each has its worst steal, too much was stolen. */
export const noisyOf = (stealPercent: readonly number[]): number =>
  stealPercent.filter((percent) => percent > STEAL_PERCENT).length;

/** The same in words: a line, or none. */
export function noiseLines(stealPercent: readonly number[]): string[] {
  const noisy = noisyOf(stealPercent);
  if (noisy === 0) return [];
  return [`NOISY: in ${noisy} of ${stealPercent.length} rounds more than ${STEAL_PERCENT} % was stolen`];
}

export interface Sweeps<Kind extends Stolen = Round> {
  /** As many as were asked for. */
  kept: Sweep<Kind>[];
  /** Those that too much was stolen from, in favour of a calmer one. */
  discarded: Sweep<Kind>[];
}

/**
 * Makes sweeps until `wanted` of them were calm, or until twice as many were made: then the calmest are kept, noisy ones
 * among them, and the table says so.
 */
export async function makeSweeps<Kind extends Stolen = Round>(
  wanted: number,
  make: (index: number) => Promise<Sweep<Kind>>,
): Promise<Sweeps<Kind>> {
  const all: Sweep<Kind>[] = [];
  const isCalm = (sweep: Sweep<Kind>) => worstSteal(sweep) <= STEAL_PERCENT;
  while (all.length < 2 * wanted && all.filter(isCalm).length < wanted) all.push(await make(all.length));
  const calmestFirst = [...all].sort((a, b) => worstSteal(a) - worstSteal(b));
  const chosen = new Set(all.filter(isCalm).length >= wanted ? all.filter(isCalm) : calmestFirst.slice(0, wanted));
  return { kept: all.filter((sweep) => chosen.has(sweep)), discarded: all.filter((sweep) => !chosen.has(sweep)) };
}
