import { fillPattern } from '../../harness/pattern.js';

/** Bytes after which what a stream writes begins anew: so much is made before, and held in memory. */
export const PERIOD = 64 * 2 ** 20;

/** Fills `buffer` with what is written at `position`: that of the pattern's first period. A buffer lies in one of them. */
export function fillPeriodic(buffer: Buffer, position: number): void {
  fillPattern(buffer, position % PERIOD);
}
