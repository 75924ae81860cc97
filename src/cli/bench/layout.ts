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

/** A full disk shows at once, and writes inside the file's size do not wait for the filesystem's journal. */
async function reserve(file: DirectFile, size: number): Promise<void> {
  try {
    await file.preallocate({ length: size });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EOPNOTSUPP' || code === 'ENOTSUP') return file.truncate(size);
    if (code !== 'ENOSPC') throw error;
    const { bavail, bsize } = await statfs(dirname(file.path));
    const room = `${sizeText(size)} are needed, ${sizeText(bavail * bsize)} are free`;
    throw new Complaint(`${file.path}: the disk is full: ${room} (ENOSPC); choose a smaller --size`);
  }
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
  await reserve(file, size);
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    const block = allocate(BLOCK);
    randomFillSync(block);
    while (next < size && !signal.aborted) {
      const position = next;
      next += BLOCK;
      const length = Math.min(BLOCK, size - position);
      for (let page = 0; page < length; page += 4096) block.writeDoubleLE(position + page, page);
      const { bytesWritten } = await file.write(block, 0, length, position);
      if (bytesWritten < length) throw new Complaint(`${path}: the disk is full (ENOSPC)`);
      progress.bytes('laying out', (done += length), size);
    }
  };
  // All of them: memory must not go while something is in flight.
  const lanes = await Promise.allSettled(Array.from({ length: DEPTH }, lane));
  progress.stop();
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason;
  signal.throwIfAborted();
  await file.sync();
}
