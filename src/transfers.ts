import { refuseAborted } from './abort.js';
import { inSteps } from './call.js';
import { readCovering } from './covering-read.js';
import { writeCovering } from './covering-write.js';
import { EBADF } from './errnos.js';
import { kernelError, outOfRange } from './errors.js';
import type { OpenFile } from './open-file.js';
import { PREADV, PWRITEV } from './opcodes.js';
import { Operation } from './operations.js';
import { RWF_ATOMIC, type Manner } from './options.js';
import { submitted } from './pieces.js';
import { alignedSegmentsOf, misaligned } from './placement.js';
import type { Extent } from './slab.js';
import type { Views } from './views.js';
import type { WriteRange } from './write-ranges.js';

/** Throws where the file was not opened for it, as the kernel would. */
export function permit({ facts }: OpenFile, syscall: 'read' | 'write', position?: number): void {
  const permitted = syscall === 'read' ? facts.readable : facts.writable;
  if (!permitted) throw kernelError(EBADF, syscall, { path: facts.path, position });
}

/** Counts a copy, or refuses it where the operation was to be exact. */
function countCopy({ facts }: OpenFile, step: number, position: number, total: number, manner: Readonly<Manner>): void {
  if (manner.exact || (manner.rwFlags & RWF_ATOMIC) !== 0) throw misaligned(facts, step, position, total);
  const { copies } = facts.queue;
  copies.bounced++;
  if (position % step !== 0 || total % step !== 0) copies.unaligned++;
}

/**
 * Who tells the caller of an abort. `self`: at once, while the operation may go on. `caller`: it does that itself, and
 * wants to know when the operation has really ended.
 */
export type AbortedBy = 'self' | 'caller';

/** The manner of an operation that runs to its end. */
function unaborted(manner: Readonly<Manner>): Readonly<Manner> {
  refuseAborted(manner.signal);
  return manner.signal === undefined ? manner : { ...manner, signal: undefined };
}

/** Starts an operation on the caller's own memory. A step of a call waits for room; one by itself is told where there is none. */
async function begun(
  file: OpenFile,
  operation: Operation<number>,
  manner: Readonly<Manner>,
  extents: readonly Extent[],
  abortedBy: AbortedBy,
  range?: WriteRange,
): Promise<number> {
  if (abortedBy === 'caller') return submitted(file, operation, manner, extents, range);
  return operation.start(manner, extents, range);
}

/** Reads into views from a position: as they are where they fit the file's alignment, otherwise by a copy. */
export async function readViews(
  file: OpenFile,
  views: Views,
  position: number,
  manner: Readonly<Manner>,
  abortedBy: AbortedBy = 'self',
): Promise<number> {
  permit(file, 'read', position);
  if (views.total === 0) return 0;
  const { memory, read: step } = file.facts.alignment;
  const aligned = position % step === 0 && views.total % step === 0;
  const extents = aligned ? alignedSegmentsOf(views, memory, step) : undefined;
  const own = abortedBy === 'self' ? manner : unaborted(manner);
  if (extents !== undefined) return begun(file, Operation.plain(file, PREADV, position), manner, extents, abortedBy);
  countCopy(file, step, position, views.total, manner);
  return inSteps(file, async () => readCovering(file, views, position, manner), { signal: own.signal, views });
}

/** Writes views at a position, undefined: at the end of the file. */
export async function writeViews(
  file: OpenFile,
  views: Views,
  position: number | undefined,
  manner: Readonly<Manner>,
  abortedBy: AbortedBy = 'self',
): Promise<number> {
  permit(file, 'write', position);
  if (views.total === 0) return 0;
  if (position !== undefined && position + views.total > Number.MAX_SAFE_INTEGER) {
    throw outOfRange('position', `<= ${String(Number.MAX_SAFE_INTEGER - views.total)}`, position);
  }
  const { alignment, inode } = file.facts;
  const step = alignment.offset;
  const aligned = (position ?? 0) % step === 0 && views.total % step === 0;
  const extents = aligned ? alignedSegmentsOf(views, alignment.memory, step) : undefined;
  const own = abortedBy === 'self' ? manner : unaborted(manner);
  const keeps = { signal: own.signal, views, writes: true };
  if (extents === undefined || position === undefined) {
    if (extents === undefined) countCopy(file, step, position ?? 0, views.total, manner);
    return inSteps(file, async () => writeCovering(file, views, position, manner), keeps);
  }
  const end = position + views.total;
  const range = inode.ranges.tryEnter(position, end);
  const write = async (entered: WriteRange): Promise<number> =>
    begun(file, Operation.plain(file, PWRITEV, position), manner, extents, abortedBy, entered);
  if (range !== undefined) return write(range);
  return inSteps(file, async () => write(await inode.ranges.enter(position, end, false)), keeps);
}
