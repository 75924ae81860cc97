import { DirectFile } from '../direct-file.js';
import { open, pathBytes, type FilePath } from '../open.js';
import { sizeOf } from '../size.js';
import { compare } from './compare.js';
import { transferOptions, type TransferOptions } from './transfer-options.js';

/** What a comparison has found. */
export interface VerifyResult {
  /** Whether they have the same content, and the same length. */
  equal: boolean;
  /** Bytes of each that were compared; holes that both have were not. */
  bytes: number;
  /** Of the first byte that is not the same, or that only one of them has. Not there where they are equal. */
  position?: number;
}

/**
 * Compares two files or block devices byte by byte past the page cache, with many reads in flight on both. What is a hole in
 * both is taken for equal. Of a block device that is longer than the file it is compared with, only the length of that counts,
 * as of one that an image was written to.
 *
 * Where there is no O_DIRECT it may be the page cache that is read. Rejects with the errors of open(2) and read(2), and
 * `ERR_AIO_FILE_CHANGED` where one becomes shorter meanwhile.
 */
export async function verifyFile(a: FilePath, b: FilePath, options?: TransferOptions | null): Promise<VerifyResult> {
  const [one, other] = [pathBytes(a, 'a'), pathBytes(b, 'b')];
  const transfer = transferOptions(options);
  await using left = await open(one);
  await using right = await open(other);
  const [first, second] = [await sideOf(left), await sideOf(right)];
  const length = Math.min(first.size, second.size);
  const longer = first.size > second.size ? first : second;
  const shorter = longer === first ? second : first;
  const { bytes, position } = await compare(left, right, length, transfer);
  if (position !== undefined) return { equal: false, bytes, position };
  const image = longer.device && !shorter.device;
  if (first.size === second.size || image) return { equal: true, bytes };
  return { equal: false, bytes, position: length };
}

async function sideOf(file: DirectFile): Promise<{ size: number; device: boolean }> {
  const inside = DirectFile.inside(file);
  return { size: await sizeOf(inside), device: inside.facts.blockDevice };
}
