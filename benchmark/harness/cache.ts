import { execa } from 'execa';

/**
 * Takes the pages of the file or block device at `path` out of the page cache, by
 * posix_fadvise(2) POSIX_FADV_DONTNEED over its whole length, which GNU dd offers and Node does not.
 * Dirty pages stay: sync before.
 */
export async function evict(path: string): Promise<void> {
  await execa('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none']);
}

/** What was written to the filesystem at `directory` is on its device. */
export async function settle(directory: string): Promise<void> {
  await execa('sync', ['--file-system', directory]);
}
