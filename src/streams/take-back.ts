import { alignDown, alignUp } from '../alignment.js';
import { inSteps } from '../call.js';
import type { OpenFile } from '../open-file.js';
import { cutBack, sizeOf } from '../size.js';

/**
 * Cuts off what was written behind a write that failed, from `gap` up to `reach`, as far as it was not in the file before,
 * which had `before` bytes. A file that was continued behind it stays as it is. Bytes of the file afterwards.
 */
export async function takeBack(file: OpenFile, gap: number, reach: number, before: number): Promise<number> {
  const { block, blockDevice, inode } = file.facts;
  const length = Math.max(gap, before);
  if (blockDevice || reach <= length) return sizeOf(file);
  const work = async (): Promise<number> => {
    const range = await inode.ranges.enter(alignDown(length, block), Infinity, true);
    try {
      await cutBack(file, length, alignUp(reach, block), inode.reserved);
      return (inode.size = await sizeOf(file));
    } finally {
      inode.ranges.leave(range);
    }
  };
  return inSteps(file, work, { writes: true });
}
