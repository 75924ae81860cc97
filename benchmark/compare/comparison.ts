import { median } from '../harness/statistics.js';
import { locate } from './signed-rank.js';

/** What three processes measured side by side: two of the base, which are equal, and one of the head. */
export interface Triple {
  base: number;
  twin: number;
  head: number;
}

export type Verdict = 'worse' | 'better' | 'equal';

/** A measure of the head against that of the base: factors, 1 where they are equal. */
export interface Comparison {
  /** Medians over the rounds. */
  base: number;
  head: number;
  /** The head's value relative to the base's. */
  ratio: number;
  low: number;
  high: number;
  /** How far the base differed from itself, as a share: what it may be by chance, seen the same way in the same run. */
  noise: number;
  /** What the head may be worse by: as much as asked for, or the noise where that is more. */
  tolerance: number;
  verdict: Verdict;
}

export interface Rule {
  /** A share. */
  tolerance: number;
  /** That one comparison is wrongly called worse although head and base are equal, were there no tolerance. */
  risk: number;
  /** Whether more is worse, as of CPU time. */
  lessIsBetter: boolean;
}

/** Of the base against itself: a bound of what one may expect, and no alarm. */
const NOISE_RISK = 0.05;

/** Of one comparison. A run makes some, and the tolerance makes false alarms rarer by far. */
export const RISK = 0.01;

function judge(low: number, high: number, tolerance: number, lessIsBetter: boolean): Verdict {
  if (high < 1 - tolerance) return lessIsBetter ? 'better' : 'worse';
  if (low > 1 + tolerance) return lessIsBetter ? 'worse' : 'better';
  return 'equal';
}

/** Compares within rounds, since a machine's speed changes by the minute, and judges by all of them. */
export function compare(rounds: readonly Triple[], { tolerance: asked, risk, lessIsBetter }: Rule): Comparison {
  // Of both processes of the base, so that the luck of one, such as where its memory lies, weighs less.
  const heads = locate(
    rounds.map(({ base, twin, head }) => Math.log(head) - (Math.log(base) + Math.log(twin)) / 2),
    risk,
  );
  const selves = locate(
    rounds.map(({ base, twin }) => Math.log(twin / base)),
    NOISE_RISK,
  );
  const noise = Math.max(Math.exp(selves.high) - 1, 1 - Math.exp(selves.low));
  const tolerance = Math.max(asked, noise);
  const [low, high] = [Math.exp(heads.low), Math.exp(heads.high)];
  return {
    base: median(rounds.map(({ base, twin }) => Math.sqrt(base * twin))),
    head: median(rounds.map(({ head }) => head)),
    ratio: Math.exp(heads.estimate),
    low,
    high,
    noise,
    tolerance,
    verdict: judge(low, high, tolerance, lessIsBetter),
  };
}
