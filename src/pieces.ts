import { alignDown } from './alignment.js';
import { isAborted, refuseAborted } from './abort.js';
import { closedError } from './errors.js';
import type { OpenFile } from './open-file.js';
import { Operation } from './operations.js';
import type { Manner } from './options.js';
import { extentOf, type Extent } from './slab.js';
import type { WriteRange } from './write-ranges.js';

/** Bytes of aligned memory that one step of a copy takes. */
const PIECE = 512 * 1024;
/** Steps of one operation that are under way at once. */
const AHEAD = 4;

/** Some aligned blocks of a file, on their way through aligned memory. */
export interface Piece {
  start: number;
  end: number;
}

function* pieces(start: number, end: number): Generator<Piece> {
  // Cut at multiples of PIECE, so that long operations stay aligned to what devices like.
  for (let from = start; from < end;) {
    const to = Math.min(alignDown(from, PIECE) + PIECE, end);
    yield { start: from, end: to };
    from = to;
  }
}

/**
 * Runs an operation that is a step of a call. It waits for room, and is not begun where its signal was aborted meanwhile;
 * once begun, it runs to its end.
 */
export async function submitted(
  file: OpenFile,
  operation: Operation<number>,
  manner: Readonly<Manner>,
  extents: readonly Extent[],
  range?: WriteRange,
): Promise<number> {
  const { room } = file.facts.queue;
  return room.when(() => operation.start(manner, extents, range, false));
}

export async function transfer(
  file: OpenFile,
  opcode: number,
  block: Uint8Array,
  position: number,
  manner: Readonly<Manner>,
): Promise<number> {
  const extent = extentOf(block);
  if (extent === undefined) throw closedError('pool');
  return submitted(file, Operation.plain(file, opcode, position), manner, extent.alone);
}

/** What a step of a copy moved of the user's bytes, and whether the kernel moved all that it was asked to. */
export interface Moved {
  bytes: number;
  whole: boolean;
}

/** What a step was rejected with. */
class Failed {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/**
 * Runs `step` over pieces, some at once, and adds up what they moved as far as it is without a gap. A failure
 * is told only where nothing came before it, as by read(2) and write(2).
 */
export async function throughPieces(
  start: number,
  end: number,
  signal: AbortSignal | undefined,
  step: (piece: Piece) => Promise<Moved>,
): Promise<number> {
  const running: Promise<Moved | Failed>[] = [];
  const source = pieces(start, end);
  let total = 0;
  let stopped = false;
  let failure: Failed | undefined;
  const launch = (): void => {
    const next = stopped || isAborted(signal) ? undefined : source.next();
    if (next?.done === false) running.push(step(next.value).catch((error: unknown) => new Failed(error)));
  };
  for (let ahead = 0; ahead < AHEAD; ahead++) launch();
  for (let first = running.shift(); first !== undefined; first = running.shift()) {
    const outcome = await first;
    if (stopped) {
      // What lies behind a gap does not count.
    } else if (outcome instanceof Failed) {
      failure = outcome;
      stopped = true;
    } else {
      total += outcome.bytes;
      stopped = !outcome.whole;
    }
    launch();
  }
  refuseAborted(signal);
  if (failure !== undefined && total === 0) throw failure.error;
  return total;
}
