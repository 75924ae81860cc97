import type { Lender } from '../buffer-pool.js';
import type { Extent } from '../slab.js';

/** What one block of a reader is read into. */
export interface BlockMemory {
  readonly byteLength: number;
  /** Its first `length` bytes, as operations name them. */
  extent(length: number): Extent;
  /** Its bytes from `start` to `end`. Not before they were read. */
  bytes(start: number, end: number): Buffer;
  /** The `length` bytes from `start` on in memory that is the caller's to keep from then on; undefined where they are in other. */
  chunk(start: number, length: number): Buffer | undefined;
  /** Gives up what is nobody's to keep. While the kernel writes into it, it is nobody else's. */
  release(): void;
}

/** Where a reader's blocks come from. */
export interface BlockStore {
  /** Whether what is given up goes to others, who may wait for it. */
  readonly shared: boolean;
  /** Whether memory for the next block may be of any size, and takes no more than that. */
  readonly fits: boolean;
  /** Whether somebody waits for memory. */
  readonly wanted: boolean;
  /** Memory that nobody needs more; undefined where there is none at once. */
  spare(size: number): BlockMemory | undefined;
  /** Waits for memory. */
  wait(size: number, signal: AbortSignal): Promise<BlockMemory>;
  /** Those who can be asked for memory; not kept by this. */
  readonly lenders: Pick<Set<WeakRef<Lender>>, 'add' | 'delete'>;
  close(): void;
}
