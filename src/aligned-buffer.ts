import { AioError, kernelError, outOfRange } from './errors.js';
import { hide } from './hidden.js';
import type { NativeFailure } from './native.js';
import { slabOf } from './slab.js';

/** A page-aligned Buffer; `using` or `[Symbol.dispose]()` gives its memory back. */
export type AlignedBuffer = Buffer<ArrayBuffer> & Disposable;

export function externalMemoryError(): AioError {
  return new AioError('ERR_AIO_EXTERNAL_MEMORY', 'This runtime refuses memory that is not its own');
}

/** Why there is no memory, as an error. */
export function memoryError(failure: NativeFailure, size?: number): Error {
  switch (failure.reason) {
    case 'exhausted':
      return new AioError('ERR_AIO_POOL_EXHAUSTED', "The pool's limit is reached: release a buffer first");
    case 'size':
      return outOfRange('size', "at most the pool's limit, rounded up to a power of two", size);
    default:
      return kernelError(failure.errno, failure.syscall, {});
  }
}

function dispose(this: Buffer): void {
  slabOf(this.buffer)?.take(this);
}

/** Gives a Buffer of a slab the way back to where it came from. */
export function disposable(buffer: Buffer): AlignedBuffer {
  hide(buffer, Symbol.dispose, dispose);
  return buffer as AlignedBuffer;
}
