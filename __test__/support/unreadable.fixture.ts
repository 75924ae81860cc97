/**
 * Copies over a file of a directory that it may write to and search, but not read, as another user where it is root's. Arguments:
 * the directory, and the names in it. Ends with 0 where that is refused with EACCES.
 */
import { chmodSync, chownSync } from 'node:fs';

import { copyFile } from '../../index.js';

const NOBODY = 65534;
const [, , directory = '', from = '', to = ''] = process.argv;
if (process.getuid?.() === 0) {
  for (const path of [directory, from, to]) chownSync(path, NOBODY, NOBODY);
  chmodSync(directory, 0o300);
  // The queue is there, and all is loaded, while it may read.
  await copyFile(from, '/dev/null').catch(() => undefined);
  process.seteuid?.(NOBODY);
} else {
  chmodSync(directory, 0o300);
}
const error: unknown = await copyFile(from, to, { flush: true }).catch((failure: unknown) => failure);
process.exitCode = (error as NodeJS.ErrnoException).code === 'EACCES' ? 0 : 1;
if (process.exitCode !== 0) console.error(error);
