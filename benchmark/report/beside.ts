import type { Cell, Series } from '../harness/run.js';
import { median, medianInterval } from '../harness/statistics.js';
import { type Interval, intervalText } from './texts.js';

/** One's operations a second relative to the other's in the same round: median, and its 95 % bootstrap interval. */
export function beside(one: Series, other: Series): Interval {
  const ratios = one.rounds.flatMap(({ iops }, index) => {
    const its = other.rounds[index];
    return its === undefined ? [] : iops / its.iops;
  });
  return [median(ratios), ...medianInterval(ratios)];
}

/** A contestant beside the reference of its cell. */
export interface Placed {
  contestant: string;
  ratio: number;
  low: number;
  high: number;
  text: string;
}

/** Everybody but the reference. */
export function placed({ series, reference }: Cell): Placed[] {
  const other = series.find(({ contestant }) => contestant === reference);
  if (other === undefined) return [];
  return series
    .filter((one) => one !== other)
    .map((one) => {
      const [ratio, low, high] = beside(one, other);
      return { contestant: one.contestant, ratio, low, high, text: intervalText([ratio, low, high]) };
    });
}
