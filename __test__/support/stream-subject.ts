import type { ExecutionContext } from 'ava';

import { BufferPool, open, type DirectFile } from '../../index.js';
import { rootTarget, scratchFile, type DirectoryTarget } from './targets.js';

/** Bytes of which each place has its own. */
export function patterned(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 7) % 251));
}

/** A file with such content, open to the end of the test. */
export async function fileWith(
  t: ExecutionContext,
  content: Buffer,
  target: DirectoryTarget = rootTarget(),
  flags = 'r+',
): Promise<DirectFile> {
  const file = await open(await scratchFile(t, target, content), flags);
  t.teardown(() => file.close());
  return file;
}

/** A pool of so many blocks, to the end of the test. */
export function poolOf(t: ExecutionContext, blocks: number, size: number): BufferPool {
  const pool = BufferPool.create({ limit: blocks * size });
  t.teardown(() => {
    pool.close();
  });
  return pool;
}
