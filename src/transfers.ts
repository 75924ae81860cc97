import { untilAborted } from './abort.js';
import { readCovering } from './covering-read.js';
import { writeCovering } from './covering-write.js';
import { kernelError, outOfRange } from './errors.js';
import type { OpenFile } from './open-file.js';
import { PlainOperation, PREADV, PWRITEV } from './operations.js';
import { RWF_ATOMIC, type Manner } from './options.js';
import { extentsOf, misaligned } from './placement.js';
import type { Views } from './views.js';

const EBADF = -9;

/** Throws where the file was not opened for it, as the kernel would. */
export function permit({ facts }: OpenFile, syscall: 'read' | 'write'): void {
  if (!(syscall === 'read' ? facts.readable : facts.writable)) throw kernelError(EBADF, syscall, { path: facts.path });
}

/** Goes through a copy, counted; refuses where the operation was to be exact. */
async function copied(
  file: OpenFile,
  aligned: boolean,
  step: number,
  position: number | undefined,
  total: number,
  manner: Readonly<Manner>,
  copy: () => Promise<number>,
): Promise<number> {
  if (manner.exact || (manner.rwFlags & RWF_ATOMIC) !== 0) throw misaligned(file.facts, step, position ?? 0, total);
  const { copies } = file.facts.queue;
  copies.bounced++;
  if (!aligned) copies.unaligned++;
  return untilAborted(async () => file.during(copy), manner.signal);
}

/** Reads into views from a position: as they are where they fit the file's alignment, otherwise by a copy. */
export async function readViews(
  file: OpenFile,
  views: Views,
  position: number,
  manner: Readonly<Manner>,
): Promise<number> {
  permit(file, 'read');
  if (views.total === 0) return 0;
  const { alignment } = file.facts;
  const aligned = position % alignment.read === 0 && views.total % alignment.read === 0;
  const extents = aligned ? extentsOf(views, alignment.memory, alignment.read) : undefined;
  if (extents !== undefined) return new PlainOperation(file, PREADV, position).start(manner, extents).promise;
  return copied(file, aligned, alignment.read, position, views.total, manner, async () =>
    readCovering(file, views, position, manner),
  );
}

/** Writes views at a position, undefined: at the end of the file. */
export async function writeViews(
  file: OpenFile,
  views: Views,
  position: number | undefined,
  manner: Readonly<Manner>,
): Promise<number> {
  permit(file, 'write');
  if (views.total === 0) return 0;
  if (position !== undefined && position + views.total > Number.MAX_SAFE_INTEGER) {
    throw outOfRange('position', `<= ${String(Number.MAX_SAFE_INTEGER - views.total)}`, position);
  }
  const { alignment, inode } = file.facts;
  const step = alignment.offset;
  const aligned = (position ?? 0) % step === 0 && views.total % step === 0;
  const extents = aligned ? extentsOf(views, alignment.memory, step) : undefined;
  if (extents === undefined || position === undefined) {
    const write = async (): Promise<number> => writeCovering(file, views, position, manner);
    if (extents !== undefined) return untilAborted(async () => file.during(write), manner.signal);
    return copied(file, aligned, step, position, views.total, manner, write);
  }
  const end = position + views.total;
  const range = inode.ranges.tryEnter(position, end);
  if (range !== undefined) return new PlainOperation(file, PWRITEV, position).start(manner, extents, range).promise;
  const write = async (): Promise<number> => {
    const entered = await inode.ranges.enter(position, end, false);
    return new PlainOperation(file, PWRITEV, position).start(manner, extents, entered).promise;
  };
  return untilAborted(async () => file.during(write), manner.signal);
}
