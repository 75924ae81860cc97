import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleanup } from '../harness/cleanup.js';
import { isTmpfs, type Skipped, type Target, writePattern } from '../harness/target.js';

const DIRECTORY = '/dev/shm';

/** A file in memory: reads complete inside io_submit(2), and everything else that is measured is ours. Needs Linux 6.6. */
export async function tmpfsTarget(size: number, cleanup: Cleanup): Promise<Target | Skipped> {
  const name = 'tmpfs';
  if (!(await isTmpfs(DIRECTORY).catch(() => false))) return { name, reason: `${DIRECTORY} is not tmpfs` };
  const path = join(DIRECTORY, `linux-aio-compare-${process.pid}`);
  cleanup.add(() => rm(path, { force: true }));
  await writePattern(path, size, cleanup.signal);
  try {
    await (await open(path, constants.O_RDONLY | constants.O_DIRECT)).close();
  } catch (error) {
    return { name, reason: `O_DIRECT is refused there: ${(error as Error).message}` };
  }
  const summary = `${path}, ${size / 2 ** 20} MiB on tmpfs, O_DIRECT`;
  // On no block device.
  return { name, summary, path, size, countersPath: '' };
}
