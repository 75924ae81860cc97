import { alignDown, alignUp, isMultiple } from './alignment.js';
import type { Transfer } from './arguments.js';
import { LARGEST_KEPT, type BounceBlock } from './bounce-blocks.js';
import type { OpenFile } from './open-file.js';
import { RWF_ATOMIC, type Manner } from './options.js';
import type { Extent } from './slab.js';
import type { SubmissionQueue } from './submission-queue.js';
import { Views } from './views.js';
import type { WriteRange } from './write-ranges.js';

/** Whatever is behind it fits a position as well. */
const FARTHEST = Number.MAX_SAFE_INTEGER - 2 * LARGEST_KEPT;

/** A copy in one step: on aligned memory the kernel does what was asked for on other memory. */
export class Bounce {
  /** What the kernel uses, and where in the file. */
  readonly extent: Extent;
  readonly position: number;
  /** Of a write. */
  readonly range: WriteRange | undefined;
  readonly #queue: SubmissionQueue;
  readonly #block: BounceBlock;
  readonly #views: Views;
  /** Bytes of a read before those that were asked for. */
  readonly #skipped: number;

  private constructor(
    queue: SubmissionQueue,
    block: BounceBlock,
    views: Views,
    [start, end]: readonly [start: number, end: number],
    skipped: number,
    range?: WriteRange,
  ) {
    this.#queue = queue;
    this.#block = block;
    this.#views = views;
    this.position = start;
    this.extent = block.extent.first(end - start);
    this.#skipped = skipped;
    this.range = range;
    views.pin();
  }

  /** Of a read; undefined where it takes more than a step, or has to wait. */
  static ofRead(file: OpenFile, { view, position, manner }: Transfer<unknown>): Bounce | undefined {
    const { alignment, queue } = file.facts;
    if (position === null || !isPlain(file, position, manner)) return undefined;
    const views = new Views([view]);
    const last = position + views.total;
    const start = alignDown(position, alignment.read);
    const end = alignUp(last, alignment.read);
    const block = views.total === 0 ? undefined : queue.bounceBlocks.take(end - start);
    if (block === undefined) return undefined;
    const aligned = start === position && end === last;
    return begun(queue, block, aligned, () => {
      return new Bounce(queue, block, views, [start, end], position - start);
    });
  }

  /** Of a write of whole blocks that need not wait for others, whose bytes are copied at once. */
  static ofWrite(file: OpenFile, { view, position, manner }: Transfer<unknown>): Bounce | undefined {
    const { alignment, append, inode, queue } = file.facts;
    if (position === null || append || manner.append || !isPlain(file, position, manner)) return undefined;
    const views = new Views([view]);
    const { total } = views;
    if (!isMultiple(position, alignment.offset) || !isMultiple(total, alignment.offset)) return undefined;
    const block = total === 0 ? undefined : queue.bounceBlocks.take(total);
    if (block === undefined) return undefined;
    const end = position + total;
    return begun(queue, block, true, () => {
      views.gather(0, total, block.memory);
      const range = inode.ranges.tryEnter(position, end);
      return range && new Bounce(queue, block, views, [position, end], 0, range);
    });
  }

  /**
   * Where the kernel has moved so many bytes: brings what was read to where it was asked for. How many of these there are; throws
   * where that memory is gone.
   */
  arrive(bytes: number): number {
    if (this.range !== undefined) return bytes;
    const read = Math.max(0, Math.min(this.#views.total, bytes - this.#skipped));
    if (read > 0) this.#views.scatter(0, this.#part(read));
    return read;
  }

  /** Never a part by the block's own methods, which somebody may have replaced. */
  #part(length: number): Uint8Array {
    const { memory, extent } = this.#block;
    if (length === extent.length) return memory;
    return new Uint8Array(extent.slab.memory, extent.offset + this.#skipped, length);
  }

  /** Gives all memory back. */
  end(): void {
    this.#views.unpin();
    this.#queue.bounceBlocks.give(this.#block);
  }
}

/** Whether nothing speaks against one step. Where operations wait to be submitted by hand, copies begin by themselves. */
function isPlain({ facts: { queue } }: OpenFile, position: number, manner: Readonly<Manner>): boolean {
  const { exact, rwFlags, signal } = manner;
  if (exact || (rwFlags & RWF_ATOMIC) !== 0 || signal !== undefined) return false;
  return position < FARTHEST && queue.batch !== 'manual' && queue.room.left > 0;
}

/** Counts the copy; where it does not come to it, the block goes back. */
function begun(
  queue: SubmissionQueue,
  block: BounceBlock,
  aligned: boolean,
  begin: () => Bounce | undefined,
): Bounce | undefined {
  let bounce: Bounce | undefined;
  try {
    bounce = begin();
  } finally {
    if (bounce === undefined) queue.bounceBlocks.give(block);
  }
  if (bounce === undefined) return undefined;
  queue.copies.bounced++;
  if (!aligned) queue.copies.unaligned++;
  return bounce;
}
