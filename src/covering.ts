import { alignDown, alignUp } from './alignment.js';
import { syncCompleted } from './durability.js';
import { abortError, closedError } from './errors.js';
import type { OpenFile } from './open-file.js';
import { PlainOperation, PREAD, PWRITE, PWRITEV, type Extent } from './operations.js';
import { PLAIN, RWF_APPEND, RWF_DSYNC, type Manner } from './options.js';
import { extentOf, extentsOf } from './placement.js';
import { sizeOf, truncateTo } from './size.js';
import type { Views } from './views.js';

/** Bytes of aligned memory that one step of a copy takes. */
const PIECE = 512 * 1024;
/** Steps of one operation that are under way at once. */
const AHEAD = 4;

/** Some aligned blocks of a file, on their way through aligned memory. */
interface Piece {
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

async function submitted(
  operation: PlainOperation,
  file: OpenFile,
  manner: Readonly<Manner>,
  extents: readonly Extent[],
): Promise<number> {
  // Steps of a copy run to their end: the signal is looked at between them.
  operation.start({ ...manner, signal: undefined }, extents);
  file.facts.queue.flushSoon();
  return operation.promise;
}

async function transfer(
  file: OpenFile,
  opcode: number,
  block: Uint8Array,
  position: number,
  manner: Readonly<Manner>,
): Promise<number> {
  const extent = extentOf(block, 1, 1);
  if (extent === undefined) throw closedError('pool');
  return submitted(new PlainOperation(file, opcode, position), file, manner, [extent]);
}

/** What a step of a copy moved of the user's bytes, and whether the kernel moved all that it was asked to. */
interface Moved {
  bytes: number;
  whole: boolean;
}

/**
 * Runs `step` over pieces, some at once, and adds up what they moved as far as it is without a gap. A failure
 * is told only where nothing came before it, as by read(2) and write(2).
 */
async function throughPieces(
  start: number,
  end: number,
  signal: AbortSignal | undefined,
  step: (piece: Piece) => Promise<Moved>,
): Promise<number> {
  const running: Promise<Moved | { error: unknown }>[] = [];
  const source = pieces(start, end);
  let total = 0;
  let stopped = false;
  let failure: { error: unknown } | undefined;
  const launch = (): void => {
    const next = stopped || signal?.aborted === true ? undefined : source.next();
    if (next?.done === false) running.push(step(next.value).catch((error: unknown) => ({ error })));
  };
  for (let ahead = 0; ahead < AHEAD; ahead++) launch();
  for (let first = running.shift(); first !== undefined; first = running.shift()) {
    const outcome = await first;
    if (!stopped && 'error' in outcome) {
      failure = outcome;
      stopped = true;
    } else if (!stopped && 'bytes' in outcome) {
      total += outcome.bytes;
      stopped = !outcome.whole;
    }
    launch();
  }
  if (signal?.aborted === true) throw abortError(signal);
  if (failure !== undefined && total === 0) throw failure.error;
  return total;
}

/** Reads the blocks that cover a range and copies the range out of them. */
export async function readCovering(
  file: OpenFile,
  views: Views,
  position: number,
  manner: Readonly<Manner>,
): Promise<number> {
  const { alignment, queue } = file.facts;
  const last = position + views.total;
  return throughPieces(
    alignDown(position, alignment.read),
    alignUp(last, alignment.read),
    manner.signal,
    async ({ start, end }) => {
      using block = await queue.bouncePool.acquireAsync(end - start);
      const bytes = await transfer(file, PREAD, block, start, manner);
      const from = Math.max(position, start);
      const to = Math.min(last, start + bytes);
      if (from < to) views.scatter(from - position, block.subarray(from - start, to - start));
      return { bytes: Math.max(0, to - from), whole: bytes === end - start };
    },
  );
}

/** Reads the first or last block of a piece into its place, zeros where the file has none of it. */
async function fill(file: OpenFile, block: Uint8Array, at: number, position: number, size: number): Promise<number> {
  const part = block.subarray(at, at + file.facts.alignment.offset);
  const bytes = position < size ? await transfer(file, PREAD, part, position, PLAIN) : 0;
  part.fill(0, bytes);
  return bytes;
}

/** A write that was to stay inside the file found that the file ends there. */
class EndsHere extends Error {}

/** A write through aligned memory, and what it was told of the file. */
interface Write {
  file: OpenFile;
  views: Views;
  position: number;
  manner: Readonly<Manner>;
  /** Bytes of the file; Infinity: the write must find every block there. */
  size: number;
}

async function writePiece({ file, views, position, manner, size }: Write, { start, end }: Piece): Promise<Moved> {
  const step = file.facts.alignment.offset;
  const from = Math.max(position, start);
  const to = Math.min(position + views.total, end);
  using block = await file.facts.queue.bouncePool.acquireAsync(end - start);
  const edges: Promise<number>[] = [];
  if (from > start) edges.push(fill(file, block, 0, start, size));
  if (to < end && (from === start || end - step > start)) {
    edges.push(fill(file, block, end - step - start, end - step, size));
  }
  const filled = await Promise.all(edges);
  if (size === Infinity && filled.some((bytes) => bytes < step)) throw new EndsHere();
  views.gather(from - position, to - from, block.subarray(from - start));
  const bytes = await transfer(file, PWRITE, block, start, manner);
  return { bytes: Math.max(0, Math.min(to, start + bytes) - from), whole: bytes === end - start };
}

/** Writes inside the file: blocks that are not covered whole are read, changed and written back. */
async function writeInside(write: Write, start: number, end: number): Promise<number> {
  const { ranges } = write.file.facts.inode;
  const range = await ranges.enter(start, end, true);
  try {
    return await throughPieces(start, end, write.manner.signal, async (piece) => writePiece(write, piece));
  } finally {
    ranges.leave(range);
  }
}

/** Writes blocks at or beyond the end and cuts them back to the true length, also after a failure or an abort. */
async function writePadded(write: Write): Promise<number> {
  const { file, views, position, manner, size } = write;
  const { inode, alignment } = file.facts;
  const start = alignDown(position, alignment.offset);
  const end = alignUp(position + views.total, alignment.offset);
  let moved = 0;
  inode.paddings++;
  try {
    moved = await throughPieces(start, end, manner.signal, async (piece) => writePiece(write, piece));
  } finally {
    inode.size = Math.max(size, moved > 0 ? position + moved : 0);
    try {
      if (end > inode.size && !file.facts.blockDevice) await truncateTo(file, inode.size);
    } finally {
      inode.paddings++;
    }
  }
  if ((manner.rwFlags & RWF_DSYNC) !== 0 && end > inode.size) {
    // The write was durable; the length that it was cut back to is not yet.
    const synced = syncCompleted(file, true);
    file.facts.queue.flushSoon();
    await synced;
  }
  return moved;
}

/**
 * Writes at or beyond the end of the file, where nobody else of this thread writes meanwhile. `position`
 * undefined appends.
 */
async function writeAtEnd(
  file: OpenFile,
  views: Views,
  position: number | undefined,
  manner: Readonly<Manner>,
): Promise<number> {
  const { inode, alignment } = file.facts;
  const range = await inode.ranges.enter(
    position === undefined ? 0 : alignDown(position, alignment.offset),
    Infinity,
    true,
  );
  try {
    const size = await sizeOf(file);
    inode.size = size;
    const at = position ?? size;
    const extents = at % alignment.offset === 0 ? extentsOf(views, alignment.memory, alignment.offset) : undefined;
    if (extents === undefined) return await writePadded({ file, views, position: at, manner, size });
    // RWF_APPEND keeps the order among processes too.
    const rwFlags = manner.rwFlags | (position === undefined && !file.facts.blockDevice ? RWF_APPEND : 0);
    const moved = await submitted(new PlainOperation(file, PWRITEV, at), file, { ...manner, rwFlags }, extents);
    inode.size = Math.max(size, at + moved);
    return moved;
  } finally {
    inode.ranges.leave(range);
  }
}

/** Writes any range from any memory, keeping the file's true length; `position` undefined appends. */
export async function writeCovering(
  file: OpenFile,
  views: Views,
  position: number | undefined,
  manner: Readonly<Manner>,
): Promise<number> {
  const { alignment, inode } = file.facts;
  if (position === undefined) return writeAtEnd(file, views, undefined, manner);
  const start = alignDown(position, alignment.offset);
  const end = alignUp(position + views.total, alignment.offset);
  if (end > inode.size) return writeAtEnd(file, views, position, manner);
  try {
    return await writeInside({ file, views, position, manner, size: Infinity }, start, end);
  } catch (error) {
    if (!(error instanceof EndsHere)) throw error;
    return writeAtEnd(file, views, position, manner);
  }
}
