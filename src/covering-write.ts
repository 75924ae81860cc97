import { refuseAborted } from './abort.js';
import { alignDown, alignUp } from './alignment.js';
import { syncCompleted } from './durability.js';
import { EBADF } from './errnos.js';
import { kernelError, type KernelError } from './errors.js';
import { enterEnd } from './file-end.js';
import { leastSize } from './inode.js';
import type { OpenFile } from './open-file.js';
import { PREAD, PWRITE, PWRITEV } from './opcodes.js';
import { Operation } from './operations.js';
import { PLAIN, RWF_APPEND, type Manner } from './options.js';
import { submitted, throughPieces, transfer, type Moved, type Piece } from './pieces.js';
import { alignedSegmentsOf } from './placement.js';
import { cutBack } from './size.js';
import type { Views } from './views.js';
import type { WriteRange } from './write-ranges.js';

/** Says what a write has to do with the read that failed, where nobody may read the file. */
function unreadable(error: KernelError): never {
  const { errno, path, position } = error;
  if (errno !== EBADF) throw error;
  throw kernelError(errno, 'read', {
    path,
    position,
    hint: 'writing a part of a block reads it, which is not permitted',
  });
}

/** Reads the first or last block of a piece into its place, zeros where the file has none of it. */
async function fill(file: OpenFile, block: Uint8Array, at: number, position: number, size: number): Promise<number> {
  const part = block.subarray(at, at + file.facts.block);
  const bytes = position < size ? await transfer(file, PREAD, part, position, PLAIN).catch(unreadable) : 0;
  part.fill(0, bytes);
  return bytes;
}

/** What all came to, when the last is done: until then none may lose the memory that it works on. */
async function allDone(steps: readonly Promise<number>[]): Promise<number[]> {
  await Promise.allSettled(steps);
  return Promise.all(steps);
}

/** A write through aligned memory, and what it was told of the file. */
interface Write {
  file: OpenFile;
  views: Views;
  position: number;
  manner: Readonly<Manner>;
  /** Bytes of the file; Infinity: the write must find every block there. */
  size: number;
  /** A block that was to be there is not: the file ends before it. */
  endsHere: boolean;
}

async function writePiece(write: Write, { start, end }: Piece): Promise<Moved> {
  const { file, views, position, manner, size } = write;
  const step = file.facts.block;
  const from = Math.max(position, start);
  const to = Math.min(position + views.total, end);
  using block = await file.facts.queue.bouncePool.acquireAsync(end - start);
  const edges: Promise<number>[] = [];
  if (from > start) edges.push(fill(file, block, 0, start, size));
  if (to < end && (from === start || end - step > start)) {
    edges.push(fill(file, block, end - step - start, end - step, size));
  }
  const filled = await allDone(edges);
  if (size === Infinity && filled.some((bytes) => bytes < step)) {
    write.endsHere = true;
    return { bytes: 0, whole: false };
  }
  // The caller has been told: the memory is his again.
  refuseAborted(manner.signal);
  views.gather(from - position, to - from, block.subarray(from - start));
  const bytes = await transfer(file, PWRITE, block, start, manner);
  return { bytes: Math.max(0, Math.min(to, start + bytes) - from), whole: bytes === end - start };
}

/** Writes blocks at or beyond the end and cuts them back to the true length, also after a failure or an abort. */
async function writePadded(write: Write): Promise<number> {
  const { file, views, position, manner } = write;
  const { block, inode } = file.facts;
  const start = alignDown(position, block);
  const end = alignUp(position + views.total, block);
  let moved = 0;
  inode.paddings.begin(inode.size);
  try {
    moved = await throughPieces(start, end, manner.signal, async (piece) => writePiece(write, piece));
  } finally {
    if (moved > 0) inode.size = Math.max(inode.size, position + moved);
    try {
      if (end > inode.size && !file.facts.blockDevice) await cutBack(file, inode.size, end, inode.reserved);
    } finally {
      inode.paddings.end();
    }
  }
  // The write was durable; the length that it was cut back to is not yet.
  if (file.writesDurably(manner.rwFlags) && end > inode.size) await syncCompleted(file, true);
  return moved;
}

/** Writes at or beyond the end of the file. `position` undefined appends; `from` is a range to go on from. */
async function writeAtEnd(
  file: OpenFile,
  views: Views,
  position: number | undefined,
  manner: Readonly<Manner>,
  from?: WriteRange,
): Promise<number> {
  const { inode, alignment } = file.facts;
  const range = await enterEnd(file, position, from);
  try {
    refuseAborted(manner.signal);
    const { size } = inode;
    const at = position ?? size;
    const extents =
      at % alignment.offset === 0 ? alignedSegmentsOf(views, alignment.memory, alignment.offset) : undefined;
    if (extents === undefined) return await writePadded({ file, views, position: at, manner, size, endsHere: false });
    // RWF_APPEND keeps the order among processes too.
    const rwFlags = manner.rwFlags | (position === undefined && !file.facts.blockDevice ? RWF_APPEND : 0);
    const moved = await submitted(file, Operation.plain(file, PWRITEV, at), { ...manner, rwFlags }, extents);
    if (moved > 0) inode.size = Math.max(size, at + moved);
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
  const { block, inode } = file.facts;
  if (position === undefined) return writeAtEnd(file, views, undefined, manner);
  const start = alignDown(position, block);
  const end = alignUp(position + views.total, block);
  // Shorter than it is, for who comes after those who are about to cut it.
  if (end > leastSize(inode)) return writeAtEnd(file, views, position, manner);
  const range = await inode.ranges.enter(start, end, true);
  // Blocks that are not covered whole are read, changed and written back.
  const write = { file, views, position, manner, size: Infinity, endsHere: false };
  let goesOn = false;
  try {
    const moved = await throughPieces(start, end, manner.signal, async (piece) => writePiece(write, piece));
    goesOn = write.endsHere;
    if (!goesOn) return moved;
  } finally {
    // Kept where the file was found to end before it: its place among the others is his who writes on there.
    if (!goesOn) inode.ranges.leave(range);
  }
  return writeAtEnd(file, views, position, manner, range);
}
