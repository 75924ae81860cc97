import type { Hash } from 'node:crypto';

import { turnOfOthers } from '../clock.js';
import { DirectFile } from '../direct-file.js';
import { invalidType } from '../errors.js';
import { open, pathBytes, type FilePath } from '../open.js';
import { integer, optionsObject } from '../options.js';
import { sizeOf } from '../size.js';
import { ProgressMeter } from './progress.js';
import { readAhead } from './read-ahead.js';
import { transferOptions, type TransferOptions } from './transfer-options.js';

/** What of a file is hashed, and how. */
export interface HashOptions extends TransferOptions {
  /** One of `crypto.getHashes()`. @default 'sha256' */
  algorithm?: string | undefined;
  /** First byte. @default 0 */
  start?: number | undefined;
  /** Last byte, inclusive; what lies behind the end of the file is not there. @default the end of the file */
  end?: number | undefined;
}

/** Bytes that are hashed before others have their turn of the event loop: sha256 takes some tenths of a millisecond. */
const AT_ONCE = 256 * 1024;

/**
 * The digest of a file or block device, or of a part, read past the page cache and far ahead of the hash, which runs in this
 * thread, a quarter of a mebibyte at a time. As long as the file was when it was opened.
 *
 * Rejects with createHash's error for an algorithm that is not known, the errors of open(2) and read(2), and
 * `ERR_AIO_FILE_CHANGED` where the file becomes shorter meanwhile.
 */
export async function hashFile(path: FilePath, options?: HashOptions | null): Promise<Buffer> {
  const bytes = pathBytes(path);
  const transfer = transferOptions(options);
  const { hash, start, end } = await hashOptions(options);
  await using file = await open(bytes);
  const size = await sizeOf(DirectFile.inside(file));
  const range = { start: Math.min(start, size), end: Math.min(end, size) };
  const meter = new ProgressMeter(transfer.progress, 'hash', range.end - range.start);
  await readAhead(file, range, transfer, async (block) => {
    for (let done = 0; done < block.length; done += AT_ONCE) {
      const part = block.subarray(done, done + AT_ONCE);
      hash.update(part);
      meter.add(part.length);
      await turnOfOthers();
    }
  });
  meter.finish();
  return hash.digest();
}

/** `end` is the first byte that is not hashed. */
async function hashOptions(options: unknown): Promise<{ hash: Hash; start: number; end: number }> {
  const { algorithm, start, end } = optionsObject('options', options) as HashOptions;
  if (algorithm !== undefined && typeof algorithm !== 'string') {
    throw invalidType('options.algorithm', 'of type string', algorithm);
  }
  const first = integer('options.start', start ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const last = end === undefined ? Infinity : integer('options.end', end, first, Number.MAX_SAFE_INTEGER - 1) + 1;
  // Not before it is needed: it would be a good part of the library's start.
  const { createHash } = await import('node:crypto');
  return { hash: createHash(algorithm ?? 'sha256'), start: first, end: last };
}
