import { keepFreed } from '../native.js';
import { IMITATES_NODE } from '../runtime.js';

/** Bytes of chunks from which on malloc is to keep what collections free. */
const MANY = 8 * 1024 * 1024;

let made = 0;

/**
 * Memory of V8's is about to be used for chunks. Where there are many, a collection frees tens of MiB at once, and glibc would
 * give them back to the kernel: to fault them in again takes longer than to fill them.
 */
export function countChunks(bytes: number): void {
  if (made >= MANY) return;
  made += bytes;
  // Others have allocators of their own.
  if (made >= MANY && !IMITATES_NODE) keepFreed();
}

/** Memory of V8's for a chunk that its consumer may keep. */
export function chunkOf(bytes: number): Buffer {
  countChunks(bytes);
  return Buffer.allocUnsafeSlow(bytes);
}
