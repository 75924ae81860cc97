import type { Round } from './round.js';
import type { Series } from './run.js';
import { at, median, medianInterval } from './statistics.js';

export type Verdict = 'faster' | 'slower' | 'no difference shown';

/** Of one contestant to another, in the same cell. */
export interface Comparison {
  of: string;
  to: string;
  /** Median of the ratios within one round. */
  ratio: number;
  /** 95 % bootstrap interval of it. */
  interval: [low: number, high: number];
}

/** With fewer rounds nothing is said: the bootstrap of very few is narrower than the truth. */
export const ROUNDS_FOR_A_VERDICT = 5;

/** A contestant's rounds, of whatever kind. */
export interface Rounds<Kind> {
  contestant: string;
  rounds: readonly Kind[];
}

export function compareBy<Kind>(of: Rounds<Kind>, to: Rounds<Kind>, field: (round: Kind) => number): Comparison {
  const ratios = of.rounds.map((round, index) => field(round) / field(at(to.rounds, index)));
  return { of: of.contestant, to: to.contestant, ratio: median(ratios), interval: medianInterval(ratios) };
}

export function compare(of: Series, to: Series, field: (round: Round) => number = ({ iops }) => iops): Comparison {
  return compareBy(of, to, field);
}

/** Of a rate: a difference is shown only where the interval excludes 1. */
export function verdict({ interval: [low, high] }: Comparison): Verdict {
  if (low > 1) return 'faster';
  return high < 1 ? 'slower' : 'no difference shown';
}

export function ratioText({ ratio, interval: [low, high] }: Comparison): string {
  return `${ratio.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
}
