import type { OpenFile } from '../open-file.js';
import { PREAD } from '../opcodes.js';
import { Operation } from '../operations.js';
import { PLAIN } from '../options.js';
import { permit } from '../transfers.js';
import type { BlockMemory } from './block-memory.js';

/** Where a read takes its bytes from, all positions in the file. */
export interface BlockPlace {
  /** What the kernel is asked for: whole blocks of the file. */
  readonly base: number;
  readonly last: number;
  /** What is wanted of them. */
  readonly from: number;
  readonly until: number;
}

/** One read of a reader's window, from its launch until its memory is handed on or given back. */
export class BlockRead {
  readonly #place: BlockPlace;
  #memory: BlockMemory | undefined;
  #from: number;
  #until: number;
  #state: 'under way' | 'done' | 'judged' = 'under way';
  #failure: { readonly error: unknown } | undefined;

  constructor(memory: BlockMemory, place: BlockPlace) {
    this.#memory = memory;
    this.#place = place;
    this.#from = place.from;
    this.#until = place.until;
  }

  /** Reads; never rejects. Without effect on a read that was dropped before it could begin. */
  async run(file: OpenFile): Promise<void> {
    const { base, last, from, until } = this.#place;
    try {
      const bytes = await this.#readFrom(file, base, last - base);
      this.#until = Math.max(from, Math.min(until, base + bytes));
    } catch (error) {
      this.#failure = { error };
    }
    this.#state = 'done';
  }

  /** Position of the first byte that was not used yet. */
  get position(): number {
    return this.#from;
  }

  /** Position behind the last byte: where the file ended, if that is before the block's own end. */
  get end(): number {
    return this.#until;
  }

  get done(): boolean {
    return this.#state !== 'under way';
  }

  /** Whether it was found out already what it means to the reads behind it. */
  get judged(): boolean {
    return this.#state === 'judged';
  }

  /** Fewer bytes than were wanted: the file ends, or an error cut the read. */
  get short(): boolean {
    return this.#until < this.#place.until;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  judge(): void {
    this.#state = 'judged';
  }

  /** The bytes that are not used yet. */
  get bytes(): Buffer {
    const { base } = this.#place;
    return (this.#memory as BlockMemory).bytes(this.#from - base, this.#until - base);
  }

  /** The next `length` bytes that are not used yet, in memory that is the caller's to keep; undefined where they are in other. */
  chunk(length: number): Buffer | undefined {
    if (this.#from + length > this.#until) return undefined;
    return (this.#memory as BlockMemory).chunk(this.#from - this.#place.base, length);
  }

  /** The first `bytes` of them were used. */
  use(bytes: number): void {
    this.#from += bytes;
  }

  /** Leaves the memory to the caller. */
  handOn(): BlockMemory {
    const memory = this.#memory as BlockMemory;
    this.#memory = undefined;
    return memory;
  }

  /** Gives the memory back; while the kernel writes into it, it is nobody else's. */
  drop(): void {
    this.#memory?.release();
    this.#memory = undefined;
  }

  async #readFrom(file: OpenFile, position: number, length: number): Promise<number> {
    const { queue } = file.facts;
    file.admit();
    permit(file, 'read', position);
    const extent = (this.#memory as BlockMemory).extent(length);
    file.begin();
    queue.hold();
    // Before the operation itself does: while it waits for room in the queue the block may be dropped.
    extent.pin();
    try {
      return await queue.room.when(() => {
        if (this.#memory === undefined) return 0;
        return Operation.plain(file, PREAD, position).start(PLAIN, extent.alone);
      });
    } finally {
      extent.unpin();
      queue.release();
      file.end();
    }
  }
}
