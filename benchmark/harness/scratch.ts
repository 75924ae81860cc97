import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleanup } from './cleanup.js';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * A directory of this process below `root`, removed in the end. What a killed run has left there is
 * removed now.
 */
export async function createScratch(root: string, cleanup: Cleanup): Promise<string> {
  await mkdir(root, { recursive: true });
  for (const entry of await readdir(root)) {
    const pid = Number(entry);
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(join(root, entry), { recursive: true });
  }
  const directory = join(root, String(process.pid));
  cleanup.add(() => rm(directory, { recursive: true, force: true }));
  await mkdir(directory);
  return directory;
}
