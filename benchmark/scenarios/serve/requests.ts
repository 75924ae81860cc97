export const CLIENTS = 64;
/** Of each client, one after the other. */
const RANGES = 16;
const LEAST_RANGE = 64 * 1024;

/** Bytes of one request. */
export function rangeOf(size: number): number {
  return Math.max(LEAST_RANGE, size / CLIENTS / RANGES);
}
