import { createHash } from 'node:crypto';
import type { DirectFile } from '../../index.js';
import { forEachBlock } from './blocks.js';
import { Progress } from './progress.js';

/** One reading of a file from begin to end. */
export interface Pass {
  /** SHA-256 of what was read, in hexadecimal. */
  digest: string;
  /** How much and how fast, in words. */
  summary: string;
}

/**
 * Reads a file from begin to end, hashes it, and shows how far it is.
 *
 * @param take what else is to be done with each block.
 */
export async function readAndHash(
  title: string,
  file: DirectFile,
  size: number,
  signal: AbortSignal,
  take?: (block: Buffer, position: number) => Promise<unknown>,
): Promise<Pass> {
  const hash = createHash('sha256');
  const progress = new Progress(title, size);
  try {
    await forEachBlock(file, size, signal, async (block, position) => {
      // Started first: the disk writes while we hash.
      const taken = take?.(block, position);
      hash.update(block);
      await taken;
      progress.add(block.length);
    });
    return { digest: hash.digest('hex'), summary: progress.summary() };
  } finally {
    progress.stop();
  }
}
