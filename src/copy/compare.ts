import { dataRanges } from '../data-ranges.js';
import { DirectFile } from '../direct-file.js';
import { readFully } from './fully.js';
import { inLanes } from './lanes.js';
import { ProgressMeter } from './progress.js';
import { bytesOf, either, pieces, widened, type Ranges } from './ranges.js';
import { blockBytes, stepOf, type Transfer } from './transfer-options.js';

/** What was compared, and where the first difference is. */
export interface Difference {
  readonly bytes: number;
  readonly position: number | undefined;
}

/** Compares the first `length` bytes of two files, but for what is a hole in both. */
export async function compare(
  left: DirectFile,
  right: DirectFile,
  length: number,
  transfer: Transfer,
): Promise<Difference> {
  const step = stepOf(left, right);
  const [one, other] = [DirectFile.inside(left), DirectFile.inside(right)];
  const ranges = (): Ranges => widened(either(dataRanges(one, length), dataRanges(other, length)), step, length);
  const meter = new ProgressMeter(transfer.progress, 'verify', await bytesOf(ranges()));
  let first = Infinity;
  const shape = {
    // Each has two reads in flight.
    lanes: Math.ceil(transfer.inFlight / 2),
    blocks: 2,
    blockSize: blockBytes(transfer, step, length),
    signal: transfer.signal,
  };
  await inLanes(pieces(ranges(), shape.blockSize), shape, async (piece, [a, b]) => {
    const { position } = piece;
    await both(readFully(left, a!, position, piece.length), readFully(right, b!, position, piece.length));
    const at = firstDifference(a!.subarray(0, piece.length), b!.subarray(0, piece.length));
    // Those before it are under way with other lanes already: pieces are taken in their order.
    if (at !== undefined) first = Math.min(first, position + at);
    meter.add(piece.length);
    return at === undefined;
  });
  meter.finish();
  return { bytes: meter.bytes, position: first === Infinity ? undefined : first };
}

/** Settles when both have: nothing is in flight in memory that is given back. */
async function both(left: Promise<void>, right: Promise<void>): Promise<void> {
  for (const outcome of await Promise.allSettled([left, right])) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

/** Where two buffers of the same length differ first. */
function firstDifference(left: Buffer, right: Buffer): number | undefined {
  if (left.equals(right)) return undefined;
  let [start, end] = [0, left.length];
  // By halves: of what is left, the first that is not equal.
  while (end - start > 1) {
    const middle = (start + end) >>> 1;
    if (left.subarray(start, middle).equals(right.subarray(start, middle))) start = middle;
    else end = middle;
  }
  return start;
}
