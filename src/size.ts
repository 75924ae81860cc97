import { inSteps } from './call.js';
import { kernelError } from './errors.js';
import { cutFileBack, isFailure, preallocateFile, statFile, truncateFile } from './native.js';
import type { OpenFile } from './open-file.js';

/** Bytes of the file now, as the kernel has it; of a block device its capacity. */
export async function sizeOf(file: OpenFile): Promise<number> {
  const stat = await statFile(file.facts.handle);
  if (isFailure(stat)) throw kernelError(stat.errno, stat.syscall, { path: file.facts.path });
  return stat.size;
}

/**
 * Cuts the padding of a last block off, unless the file was continued behind it. Space up to `reserved` bytes is
 * reserved anew, since cutting frees it.
 */
export async function cutBack(file: OpenFile, length: number, padded: number, reserved: number): Promise<void> {
  const { handle, inode, path } = file.facts;
  const failure = await cutFileBack(handle, length, padded, reserved);
  // Where only the space was not reserved again, it is cut.
  inode.uncut = failure && failure.syscall !== 'fallocate' ? { length, padded } : undefined;
  if (failure) throw kernelError(failure.errno, failure.syscall, { path });
}

/** Runs `change` while no write of this thread is under way from `start` to the end. */
async function alone(file: OpenFile, start: number, change: () => Promise<void>): Promise<void> {
  const { ranges } = file.facts.inode;
  const work = async (): Promise<void> => {
    const range = await ranges.enter(start, Infinity, true);
    try {
      await change();
    } finally {
      ranges.leave(range);
    }
  };
  await inSteps(file, work, { writes: true });
}

/** ftruncate(2) among writes. */
export async function truncate(file: OpenFile, length: number): Promise<void> {
  const { inode } = file.facts;
  inode.cuts.push(length);
  try {
    await alone(file, 0, async () => {
      const failure = await truncateFile(file.facts.handle, length);
      if (failure) throw kernelError(failure.errno, failure.syscall, { path: file.facts.path });
      inode.size = length;
      inode.reserved = 0;
      inode.uncut = undefined;
    });
  } finally {
    inode.cuts.splice(inode.cuts.indexOf(length), 1);
  }
}

/** fallocate(2) among writes. */
export async function preallocate(file: OpenFile, offset: number, length: number, keepSize: boolean): Promise<void> {
  await alone(file, offset, async () => {
    const failure = await preallocateFile(file.facts.handle, offset, length, keepSize);
    if (failure) throw kernelError(failure.errno, failure.syscall, { path: file.facts.path, position: offset });
    const { inode } = file.facts;
    // What was padding may have been asked for now.
    inode.uncut = undefined;
    if (keepSize) inode.reserved = Math.max(inode.reserved, offset + length);
    else inode.size = Math.max(inode.size, offset + length);
  });
}
