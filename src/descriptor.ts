import { chmod, chown, fchmod, fchown, fstat, stat, type BigIntStats, type StatOptions, type Stats } from 'node:fs';
import { promisify } from 'node:util';

import { loadError } from './native.js';

/** Whether node:fs takes descriptors that it has not opened itself. Deno's does not: to it they are EBADF. */
export const FS_TAKES_DESCRIPTORS = loadError !== undefined || !('deno' in process.versions);

type StatDescriptor = (fd: number, options: StatOptions) => Promise<Stats | BigIntStats>;

const byDescriptor = promisify(fstat) as StatDescriptor;
const byPath = promisify(stat) as (path: string, options: StatOptions) => Promise<Stats | BigIntStats>;

/** fstat(2). */
export const statDescriptor: StatDescriptor = FS_TAKES_DESCRIPTORS
  ? byDescriptor
  : // The same file, also where its name is gone.
    async (fd, options) => byPath(nameOf(fd), options);

function nameOf(fd: number): string {
  return `/proc/self/fd/${String(fd)}`;
}

/** fchmod(2). */
export async function changeMode(fd: number, mode: number): Promise<void> {
  await (FS_TAKES_DESCRIPTORS ? promisify(fchmod)(fd, mode) : promisify(chmod)(nameOf(fd), mode));
}

/** fchown(2). */
export async function changeOwner(fd: number, uid: number, gid: number): Promise<void> {
  await (FS_TAKES_DESCRIPTORS ? promisify(fchown)(fd, uid, gid) : promisify(chown)(nameOf(fd), uid, gid));
}
