// Until the library has these: see index.ts.
import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { allocate, type DirectFile, open } from '../../index.js';

export interface Progress {
  phase: 'copy' | 'verify' | 'hash';
  bytes: number;
  total: number;
}

export interface TransferOptions {
  blockSize?: number;
  inFlight?: number;
  progress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

type Take = (block: Buffer, position: number) => Promise<unknown> | undefined;

async function eachBlock(file: DirectFile, phase: Progress['phase'], options: TransferOptions, take: Take) {
  const { size: total } = await file.stat();
  const block = allocate(options.blockSize ?? 1 << 20);
  for (let position = 0; position < total;) {
    options.signal?.throwIfAborted();
    const { bytesRead } = await file.read(block, { position });
    await take(block.subarray(0, bytesRead), position);
    position += bytesRead;
    options.progress?.({ phase, bytes: position, total });
  }
  return total;
}

export async function copyFile(
  source: string,
  destination: string,
  options: TransferOptions & Record<'verify' | 'preserve' | 'exclusive' | 'force' | 'flush', boolean | undefined>,
): Promise<{ size: number; bytes: number; holes: number; verified: boolean }> {
  await using from = await open(source);
  const temporary = `${destination}.${process.pid}.part`;
  try {
    await using to = await open(temporary, 'wx');
    const bytes = await eachBlock(from, 'copy', options, (block, position) => to.write(block, { position }));
    await rename(temporary, destination);
    return { size: bytes, bytes, holes: 0, verified: false };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export async function verifyFile(
  a: string,
  b: string,
  options: TransferOptions,
): Promise<{ equal: boolean; bytes: number; position?: number }> {
  await using first = await open(a);
  await using second = await open(b);
  let position: number | undefined;
  const bytes = await eachBlock(first, 'verify', options, async (block, at) => {
    const { buffer, bytesRead } = await second.read(Buffer.alloc(block.length), { position: at });
    const index = block.findIndex((byte, place) => place >= bytesRead || byte !== buffer[place]);
    if (index >= 0) position ??= at + index;
  });
  if (position === undefined && (await second.stat()).size > bytes) position = bytes;
  return position === undefined ? { equal: true, bytes } : { equal: false, bytes, position };
}

export async function hashFile(path: string, options: TransferOptions & { algorithm: string }): Promise<Buffer> {
  await using file = await open(path);
  const hash = createHash(options.algorithm);
  await eachBlock(file, 'hash', options, (block) => {
    hash.update(block);
    return undefined;
  });
  return hash.digest();
}
