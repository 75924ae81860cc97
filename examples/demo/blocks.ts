import { BufferPool, type DirectFile } from '../../index.js';
import { Complaint } from './complaint.js';

/** Bytes of one read. */
const BLOCK = 256 * 1024;
/** Reads, and the writes that follow from them, in flight together: 4 MiB of memory. */
const DEPTH = 16;

/**
 * Reads the first `size` bytes of `file` with many reads in flight, and hands the blocks over in
 * their order. A block's memory is used again when the promise that `take` gives is fulfilled.
 */
export async function forEachBlock(
  file: DirectFile,
  size: number,
  signal: AbortSignal,
  take: (block: Buffer, position: number) => Promise<void>,
): Promise<void> {
  const pool = BufferPool.create({ limit: BLOCK * DEPTH });
  let next = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let failed = false;

  // The last block is asked for as a whole, too: it comes back short, and stays aligned.
  const hand = async (memory: Buffer, position: number, before: Promise<unknown>) => {
    const { bytesRead } = await file.read(memory, 0, BLOCK, position);
    const length = Math.min(BLOCK, size - position);
    if (bytesRead < length) throw new Complaint(`${file.path}: became shorter while it was read`);
    await before;
    // In an object, so that the next block does not wait until this one is done with.
    return { taken: take(memory.subarray(0, length), position) };
  };
  const lane = async (): Promise<void> => {
    const memory = pool.acquire(BLOCK);
    try {
      while (next < size && !failed && !signal.aborted) {
        const handed = hand(memory, next, turn);
        turn = handed;
        next += BLOCK;
        await (
          await handed
        ).taken;
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      pool.release(memory);
    }
  };

  const lanes = Array.from({ length: Math.min(DEPTH, Math.ceil(size / BLOCK)) }, lane);
  // All of them: memory and descriptors must not go while something is in flight.
  const settled = await Promise.allSettled(lanes);
  pool.close();
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  signal.throwIfAborted();
}
