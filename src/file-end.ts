import { alignDown } from './alignment.js';
import { leastSize } from './inode.js';
import type { OpenFile } from './open-file.js';
import { PREAD } from './opcodes.js';
import { PLAIN } from './options.js';
import { transfer } from './pieces.js';
import { cutBack, sizeOf } from './size.js';
import type { WriteRange } from './write-ranges.js';

/** Whether nobody has written over the padding of a last block. */
async function isPadding(file: OpenFile, length: number, padded: number): Promise<boolean> {
  const { block: step, queue } = file.facts;
  const start = alignDown(length, step);
  if (padded - start > step) return false;
  using block = await queue.bouncePool.acquireAsync(step);
  // What nobody may read is left as it is.
  const bytes = await transfer(file, PREAD, block, start, PLAIN).catch(() => -1);
  if (bytes < 0) return false;
  return block.subarray(length - start, bytes).every((byte) => byte === 0);
}

/**
 * Bytes of the file for who has its end for himself, as the kernel has it: without the padding that could not be cut off
 * before, which now is.
 */
async function endOf(file: OpenFile): Promise<number> {
  const { inode } = file.facts;
  const [known, uncut, size] = [inode.size, inode.uncut, await sizeOf(file)];
  inode.uncut = undefined;
  if (uncut === undefined || known > uncut.length || size !== uncut.padded) return size;
  if (!(await isPadding(file, uncut.length, size))) return size;
  await cutBack(file, uncut.length, size, inode.reserved);
  return uncut.length;
}

/**
 * The end of the file for a single writer: all from the last block on, or from `position` where that is before it.
 * Whoever else of this thread writes there waits. `inode.size` is what the kernel has. `from` is given up for it, and with
 * it its place before those who came later.
 */
export async function enterEnd(file: OpenFile, position: number | undefined, from?: WriteRange): Promise<WriteRange> {
  const { block, inode } = file.facts;
  const { ranges } = inode;
  for (let held = from; ;) {
    const start = alignDown(Math.min(position ?? Infinity, leastSize(inode)), block);
    held = await (held === undefined ? ranges.enter(start, Infinity, true) : ranges.exchange(held, start, Infinity));
    try {
      inode.size = await endOf(file);
    } catch (error) {
      ranges.leave(held);
      throw error;
    }
    if (inode.size >= start) return held;
    // Another process has cut it.
  }
}
