import { AioError } from './errors.js';
import type { FileFacts } from './open-file.js';
import type { Extent } from './operations.js';
import { slabOf } from './slab.js';
import type { Views } from './views.js';

/** IOV_MAX: see readv(2). */
const MAX_SEGMENTS = 1024;

/** Where one view lies in our memory, if the kernel may use it as it is. */
export function extentOf(view: Uint8Array, memory: number, step: number): Extent | undefined {
  const slab = slabOf(view.buffer);
  if (slab === undefined || view.byteOffset % memory !== 0 || view.byteLength % step !== 0) return undefined;
  return { slab, offset: view.byteOffset, length: view.byteLength };
}

/** Where all views lie in our memory, if the kernel may use every one as it is; undefined: copy. */
export function extentsOf(views: Views, memory: number, step: number): Extent[] | undefined {
  if (views.list.length > MAX_SEGMENTS) return undefined;
  const extents: Extent[] = [];
  for (const view of views.list) {
    const extent = extentOf(view, memory, step);
    if (extent === undefined) return undefined;
    extents.push(extent);
  }
  return extents;
}

/** The refusal of an operation that was to be exact and is not. */
export function misaligned({ alignment, path }: FileFacts, step: number, position: number, length: number): AioError {
  return new AioError(
    'ERR_AIO_MISALIGNED',
    `'${path}' takes exact operations at multiples of ${String(step)} bytes, from memory of a pool or allocate() at ` +
      `multiples of ${String(alignment.memory)} bytes. Received position ${String(position)}, length ${String(length)}`,
  );
}
