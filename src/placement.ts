import { isMultiple } from './alignment.js';
import { AioError } from './errors.js';
import type { FileFacts, OpenFile } from './open-file.js';
import type { Extent } from './slab.js';
import type { Views } from './views.js';

/** IOV_MAX: see readv(2). */
const MAX_SEGMENTS = 1024;

/** Whether the kernel may read there as it is. Positions that are none fit nowhere. */
export function fitsRead({ facts }: OpenFile, extent: Extent, position: number): boolean {
  const { memory, read } = facts.alignment;
  return extent.length > 0 && isPlace(position, read) && isAligned(extent, memory, read);
}

/** Whether the kernel may write there as it is, and not at the end of the file instead. */
export function fitsWrite({ facts }: OpenFile, extent: Extent, position: number): boolean {
  const { memory, offset } = facts.alignment;
  return extent.length > 0 && isPlace(position, offset) && isAligned(extent, memory, offset) && !facts.append;
}

function isPlace(position: number, step: number): boolean {
  return position >= 0 && position <= Number.MAX_SAFE_INTEGER && isMultiple(position, step);
}

/** As {@link alignedExtentsOf}, for one operation: undefined also where there are more views than one takes. */
export function alignedSegmentsOf(views: Views, memory: number, step: number): Extent[] | undefined {
  return views.count > MAX_SEGMENTS ? undefined : alignedExtentsOf(views, memory, step);
}

/** Where all views lie in our memory, if the kernel may use every one as it is; undefined: copy. */
export function alignedExtentsOf(views: Views, memory: number, step: number): Extent[] | undefined {
  const extents: Extent[] = [];
  for (const extent of views.extents) {
    if (extent === undefined || !isAligned(extent, memory, step)) return undefined;
    extents.push(extent);
  }
  return extents;
}

function isAligned({ offset, length }: Extent, memory: number, step: number): boolean {
  return isMultiple(offset, memory) && isMultiple(length, step);
}

/** The refusal of an operation that was to be exact and is not. */
export function misaligned({ alignment, path }: FileFacts, step: number, position: number, length: number): AioError {
  return new AioError(
    'ERR_AIO_MISALIGNED',
    `'${path}' takes operations without a copy (exact, atomic, prepared) at multiples of ${String(step)} bytes, in memory of a pool or ` +
      `allocate() at multiples of ${String(alignment.memory)} bytes. Received position ${String(position)}, length ` +
      `${String(length)}${position % step === 0 && length % step === 0 ? ', in other memory' : ''}`,
  );
}
