import type { RunRecord } from '../harness/record.js';

/**
 * Runs in the order in which the figures of one replace those of another: the oldest first, but before all others those of chosen
 * contestants (`--only`), which leave gaps.
 */
export function byWorth(records: readonly RunRecord[]): RunRecord[] {
  const isWhole = ({ options }: RunRecord) => options.only.length === 0;
  const ageOf = ({ machine }: RunRecord) => Date.parse(machine.date);
  return records.toSorted((a, b) => Number(isWhole(a)) - Number(isWhole(b)) || ageOf(a) - ageOf(b));
}
