import type { DirectFile } from '../../index.js';
import { Complaint, renamed } from './complaint.js';
import type { Destination } from './destination.js';
import { type Pass, readAndHash } from './pass.js';

/** Copies the first `size` bytes, direct on both sides, and leaves the copy durable and closed. */
export async function copy(
  source: DirectFile,
  destination: Destination,
  size: number,
  signal: AbortSignal,
): Promise<Pass> {
  const { file, path, finalPath } = destination;
  const pass = await readAndHash('copying', source, size, signal, async (block, position) => {
    const { bytesWritten } = await file.write(block, 0, block.length, position).catch((error: unknown) => {
      throw renamed(error, path, finalPath);
    });
    if (bytesWritten !== block.length)
      throw new Complaint(`${finalPath}: took ${bytesWritten} of ${block.length} bytes`);
  });
  await destination.finish();
  return pass;
}
