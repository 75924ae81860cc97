import { keepFreed } from '../native.js';
import { IMITATES_NODE } from '../runtime.js';

/** Bytes of chunks from which on malloc is to keep what collections free. */
const MANY = 8 * 1024 * 1024;

let made = 0;

/**
 * Memory of V8's for a chunk that its consumer may keep. Where there are many, a collection frees tens of MiB at once, and glibc
 * would give them back to the kernel: to fault them in again takes longer than to fill them.
 */
export function chunkOf(bytes: number): Buffer {
  if (made < MANY) {
    made += bytes;
    // Others have allocators of their own.
    if (made >= MANY && !IMITATES_NODE) keepFreed();
  }
  return Buffer.allocUnsafeSlow(bytes);
}
