import { refuseAborted } from '../abort.js';
import type { DirectFile } from '../direct-file.js';
import { bytesOf, type Ranges } from './ranges.js';

/**
 * Gives a new file its length, so that no write extends it, and space for the ranges that are to be written, so that a disk
 * that is too full tells at once; holes stay. Returns the bytes of the ranges.
 */
export async function reserve(
  file: DirectFile,
  size: number,
  ranges: Ranges,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (size > 0) await file.truncate(size);
  let bytes = 0;
  for await (const { start, end } of ranges) {
    refuseAborted(signal);
    bytes += end - start;
    // What cannot be reserved is allocated as it is written.
    if (!(await allocate(file, start, end - start))) return bytes + (await bytesOf(ranges));
  }
  return bytes;
}

/** Whether the filesystem knows how. */
async function allocate(file: DirectFile, offset: number, length: number): Promise<boolean> {
  try {
    await file.preallocate({ offset, length });
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error;
    return false;
  }
}
