import { randomFillSync } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { allocate, type DirectFile, open } from '../../../index.js';
import { Complaint } from '../complaint.js';
import type { Progress } from '../progress.js';
import { sizeText } from '../sizes.js';

/** Bytes of one write, and writes under way together. */
const BLOCK = 2 ** 20;
const DEPTH = 8;
/** What disks that look for equal content compare, as a rule. */
const PAGE = 4096;

/** Space for all of it: a full disk shows at once, and writes inside the file's size do not wait for the journal. */
async function reserve(file: DirectFile, size: number): Promise<void> {
  try {
    await file.preallocate({ length: size });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EOPNOTSUPP' && code !== 'ENOTSUP') throw error;
    await file.truncate(size);
  }
}

/** Writes all of it, many writes at a time. */
async function fill(file: DirectFile, size: number, signal: AbortSignal, progress: Progress): Promise<void> {
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    const block = allocate(BLOCK);
    randomFillSync(block);
    while (next < size && !signal.aborted) {
      const position = next;
      next += BLOCK;
      const length = Math.min(BLOCK, size - position);
      // No two pages are the same.
      for (let page = 0; page < length; page += PAGE) block.writeDoubleLE(position + page, page);
      const { bytesWritten } = await file.write(block, 0, length, position);
      if (bytesWritten < length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
      progress.bytes('laying out', (done += length), size);
    }
  };
  // All of them: memory must not go while something is in flight.
  const lanes = await Promise.allSettled(Array.from({ length: DEPTH }, lane));
  progress.stop();
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason;
  signal.throwIfAborted();
}

/**
 * Makes a file of `size` bytes that a disk can neither compress nor find twice, and has it on the disk.
 *
 * @param made called once the file is there.
 */
export async function layOut(
  path: string,
  size: number,
  made: () => void,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  await using file = await open(path, { flags: 'wx', mode: 0o600 });
  made();
  const { bavail, bsize } = await statfs(dirname(path));
  try {
    await reserve(file, size);
    await fill(file, size, signal, progress);
    await file.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    const room = `${sizeText(size)} are needed, ${sizeText(bavail * bsize)} are free`;
    throw new Complaint(`${path}: the disk is full: ${room} (ENOSPC); choose a smaller --size`);
  }
}
