/** Kept at the most. */
const MOST = 32;

/** Arrays of one length, that of the last batch: memory for each from the system would cost more than the rest of it. */
const spare: Float64Array[] = [];

/** An array of `length` numbers, with whatever is in it. */
export function takePositions(length: number): Float64Array {
  const last = spare.pop();
  if (last?.length === length) return last;
  spare.length = 0;
  return new Float64Array(length);
}

/** Takes an array back that nobody else has. */
export function givePositions(positions: Float64Array): void {
  if (spare.length < MOST && (spare.length === 0 || spare[0]?.length === positions.length)) spare.push(positions);
}
