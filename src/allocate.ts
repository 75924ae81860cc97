import { constants } from 'node:buffer';

import { disposable, memoryError, type AlignedBuffer } from './aligned-buffer.js';
import { isFailure, mapSlab } from './native.js';
import { flag, integer, optionsObject } from './options.js';
import { Slab } from './slab.js';

/** Memory outside any pool goes back to the system with its last user. */
const SYSTEM = {
  reclaim(slab: Slab): void {
    slab.discard();
  },
};

/**
 * A page-aligned Buffer of `size` bytes with memory of its own, zeroed. It goes back to the system when
 * it is disposed of, or when the Buffer is collected. Mapping takes some microseconds: for many buffers use a
 * {@link BufferPool}. With `hugePages` it lies in transparent huge pages of 2 MiB, the last of them whole where half of it
 * or more is wanted; less than that, at the end or in all, lies in small pages.
 */
export function allocate(size: number, options?: { hugePages?: boolean | undefined }): AlignedBuffer {
  integer('size', size, 1, constants.MAX_LENGTH);
  const given: { hugePages?: boolean | undefined } = optionsObject('options', options);
  const native = mapSlab(size, flag('options.hugePages', given.hugePages, false));
  if (isFailure(native)) throw memoryError(native);
  return disposable(new Slab(native, SYSTEM).hand(0, size));
}
