/**
 * Wilcoxon's signed-rank test turned round: which shifts of a sample it would not refuse. Exact, whatever the
 * distribution, as long as it is symmetric, which a difference of two equal ones is. One wild value moves it little.
 */
import { at, quantile } from '../harness/statistics.js';

/** Where a sample lies: Hodges and Lehmann's estimate, and the limits that it is within by the confidence asked for. */
export interface Location {
  estimate: number;
  low: number;
  high: number;
}

/** By sum of ranks: how many of the 2^n ways to give `count` ranks a sign have it as the sum of the positive ones. */
function waysBySum(count: number): number[] {
  let ways = [1];
  for (let rank = 1; rank <= count; rank++) {
    const next = [...ways, ...new Array<number>(rank).fill(0)];
    ways.forEach((number, sum) => (next[sum + rank] = at(next, sum + rank) + number));
    ways = next;
  }
  return ways;
}

/** How many of the least sums of ranks have, together, a probability of at most `risk`. */
export function refusedSums(count: number, risk: number): number {
  const ways = waysBySum(count);
  let left = risk * 2 ** count;
  const kept = ways.findIndex((number) => (left -= number) < 0);
  return kept < 0 ? ways.length : kept;
}

/** The means of all pairs, each value with itself too. */
function pairMeans(values: readonly number[]): number[] {
  return values.flatMap((value, index) => values.slice(index).map((other) => (value + other) / 2));
}

/**
 * @param risk that the middle lies above `high`, and the same that it lies below `low`. Of samples too small for it,
 *   the limits are infinite.
 */
export function locate(values: readonly number[], risk: number): Location {
  const means = pairMeans(values).sort((a, b) => a - b);
  const refused = refusedSums(values.length, risk);
  const estimate = quantile(means, 0.5);
  if (refused === 0) return { estimate, low: -Infinity, high: Infinity };
  return { estimate, low: at(means, refused - 1), high: at(means, means.length - refused) };
}
