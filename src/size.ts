import { kernelError } from './errors.js';
import { isFailure, preallocateFile, statFile, truncateFile } from './native.js';
import type { OpenFile } from './open-file.js';

/** Bytes of the file now, as the kernel has it; of a block device its capacity. */
export async function sizeOf(file: OpenFile): Promise<number> {
  const stat = await statFile(file.facts.handle);
  if (isFailure(stat)) throw kernelError(stat.errno, stat.syscall, { path: file.facts.path });
  return stat.size;
}

/** ftruncate(2). */
export async function truncateTo(file: OpenFile, length: number): Promise<void> {
  const failure = await truncateFile(file.facts.handle, length);
  if (failure) throw kernelError(failure.errno, failure.syscall, { path: file.facts.path });
}

/** Runs `change` while no write of this thread is under way from `start` to the end. */
async function alone(file: OpenFile, start: number, change: () => Promise<void>): Promise<void> {
  const { ranges } = file.facts.inode;
  await file.during(async () => {
    const range = await ranges.enter(start, Infinity, true);
    try {
      await change();
    } finally {
      ranges.leave(range);
    }
  });
}

/** ftruncate(2) among writes. */
export async function truncate(file: OpenFile, length: number): Promise<void> {
  await alone(file, 0, async () => {
    await truncateTo(file, length);
    file.facts.inode.size = length;
  });
}

/** fallocate(2) among writes. */
export async function preallocate(file: OpenFile, offset: number, length: number, keepSize: boolean): Promise<void> {
  await alone(file, offset, async () => {
    const failure = await preallocateFile(file.facts.handle, offset, length, keepSize);
    if (failure) throw kernelError(failure.errno, failure.syscall, { path: file.facts.path, position: offset });
  });
}
