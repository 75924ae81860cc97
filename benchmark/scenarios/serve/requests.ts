export const CLIENTS = 64;

/** Of one request, at the most. */
const LARGEST = 2 ** 20;

/** Bytes of one request. */
export function rangeOf(size: number): number {
  return Math.min(LARGEST, size / CLIENTS);
}
