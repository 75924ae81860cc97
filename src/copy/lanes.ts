import { refuseAborted } from '../abort.js';
import { BufferPool } from '../buffer-pool.js';
import type { Piece } from './ranges.js';

/** How many lanes there are, and the memory of each. */
export interface LaneShape {
  readonly lanes: number;
  /** Blocks that each lane holds. */
  readonly blocks: number;
  /** Bytes of one. */
  readonly blockSize: number;
  readonly signal: AbortSignal | undefined;
}

/** Moves one piece by the lane's blocks. False: no more pieces are wanted. */
export type LaneWork = (piece: Piece, blocks: readonly Buffer[]) => Promise<boolean>;

/**
 * Has several lanes take pieces in their order, each one after the other, until there are no more. One that fails, and an
 * abort, stop them all; settles when nothing is in flight any more, and all memory has been given back.
 */
export async function inLanes(pieces: AsyncGenerator<Piece>, shape: LaneShape, work: LaneWork): Promise<void> {
  const { blockSize, signal } = shape;
  using pool = BufferPool.create({
    limit: shape.lanes * shape.blocks * BufferPool.bytesFor(blockSize),
    hugePages: true,
  });
  const failures: unknown[] = [];
  let wanted = true;
  const lane = async (): Promise<void> => {
    const blocks: Buffer[] = [];
    try {
      while (wanted) {
        refuseAborted(signal);
        const next = await pieces.next();
        if (next.done === true) break;
        // Not before there is something for it to do: a small file needs one lane's memory only.
        while (blocks.length < shape.blocks) blocks.push(pool.acquire(blockSize));
        if (!(await work(next.value, blocks))) wanted = false;
      }
    } catch (error) {
      wanted = false;
      failures.push(error);
    } finally {
      for (const block of blocks) pool.release(block);
    }
  };
  await Promise.all(Array.from({ length: shape.lanes }, lane));
  await pieces.return(undefined);
  if (failures.length > 0) throw failures[0];
  refuseAborted(signal);
}
