import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/**
 * Takes the file out of the page cache by posix_fadvise(2), which GNU dd offers and Node does not.
 *
 * @returns whether there was a dd that could.
 */
export async function evict(path: string): Promise<boolean> {
  const child = spawn('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'], { stdio: 'ignore' });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === 0;
  } catch {
    return false;
  }
}

/** Bytes that this process has made the kernel fetch from disks: `read_bytes` of proc_pid_io(5), where it is kept. */
export function bytesFromDevice(): number | undefined {
  try {
    const found = /^read_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}
