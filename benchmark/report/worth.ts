import type { RunRecord } from '../harness/record.js';
import { inTime } from './history.js';

/**
 * Runs in the order in which the figures of one replace those of another: the oldest first, but before all others those of chosen
 * contestants (`--only`), which leave gaps.
 */
export function byWorth(records: readonly RunRecord[]): RunRecord[] {
  const isWhole = ({ options }: RunRecord) => options.only.length === 0;
  return inTime(records).sort((a, b) => Number(isWhole(a)) - Number(isWhole(b)));
}
