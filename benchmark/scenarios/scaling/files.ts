import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { allocate } from '../../../index.js';
import { fillPattern } from '../../harness/pattern.js';
import type { Target } from '../../harness/target.js';

/** Bytes of all files of one count, as far as the files are then no smaller than a block. */
const MOST = 128 * 2 ** 20;

/** So many files, which hold together what one file holds: each the part of it that begins at its index times its length. */
export interface FileSet {
  directory: string;
  /** Bytes of each. */
  length: number;
  /** Bytes of all. */
  size: number;
}

export function fileSet(target: Target, count: number, block: number): FileSet {
  const length = Math.max(1, Math.floor(Math.min(MOST, target.size) / count / block)) * block;
  return { directory: join(dirname(target.path), `files-${count}`), length, size: length * count };
}

export const fileName = (directory: string, index: number): string => join(directory, String(index));

/** Writes the files, past the page cache, so that none of it has to be taken out of it. */
export async function makeFiles({ directory, length, size }: FileSet, signal: AbortSignal): Promise<void> {
  await mkdir(directory);
  const block = allocate(Math.min(length, 2 ** 20));
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_DIRECT;
  for (let index = 0; index * length < size; index++) {
    signal.throwIfAborted();
    const file = await open(fileName(directory, index), flags, 0o600);
    for (let offset = 0; offset < length; offset += block.length) {
      fillPattern(block, index * length + offset);
      await file.write(block, 0, Math.min(block.length, length - offset), offset);
    }
    await file.close();
  }
}
