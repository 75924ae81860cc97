import { AioError, withLongStack } from './errors.js';
import { copyFromSlab, copyToSlab } from './native.js';
import type { Extent } from './slab.js';

/** What becomes of an operation whose memory went away under it. */
export function detached(): AioError {
  const message = 'The buffer was detached or shrunk while the operation was under way';
  return new AioError('ERR_AIO_BUFFER_DETACHED', message);
}

/** Brings what is to be written to where the kernel finds it, in a runtime that does not let JavaScript see that place. */
export function copyDown(extents: readonly Extent[]): void {
  for (const { slab, offset, length } of extents) {
    // Views of a vectored operation may be empty.
    if (!slab.apart || length === 0) continue;
    if (!copyToSlab(slab.handle, slab.memory, offset, length)) throw withLongStack(detached);
  }
}

/** Brings `bytes` that were read to where JavaScript finds them; false where that place is gone. */
export function copyUp(extents: readonly Extent[], bytes: number): boolean {
  let left = bytes;
  for (const { slab, offset, length } of extents) {
    const part = Math.min(length, left);
    if (slab.apart && part > 0 && !copyFromSlab(slab.handle, slab.memory, offset, part)) return false;
    left -= part;
  }
  return true;
}
