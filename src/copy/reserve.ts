import { refuseAborted } from '../abort.js';
import type { DirectFile } from '../direct-file.js';
import type { Ranges } from './ranges.js';
import type { Transfer } from './transfer-options.js';

/**
 * Gives a new file its length, so that no write extends it, and space for what is to be written, so that a disk that is too
 * full tells at once; holes stay. Ranges of no more than `blockSize` bytes are left to their one write: to reserve thousands of
 * them takes longer than to write them. Returns the bytes of all ranges.
 */
export async function reserve(
  file: DirectFile,
  size: number,
  ranges: Ranges,
  { blockSize, signal }: Pick<Transfer, 'blockSize' | 'signal'>,
): Promise<number> {
  if (size > 0) await file.truncate(size);
  let bytes = 0;
  let knows = true;
  for await (const { start, end } of ranges) {
    refuseAborted(signal);
    const length = end - start;
    bytes += length;
    // Where the filesystem does not know how, space is found as it is written.
    if (knows && length > blockSize) knows = await allocate(file, start, length);
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
