import { onAbort, refuseAborted } from '../abort.js';
import { alignDown, alignUp } from '../alignment.js';
import { abortError } from '../errors.js';
import { sizeOf } from '../size.js';
import type { BlockMemory, BlockStore } from './block-memory.js';
import type { ReadPlan } from './block-options.js';
import { BlockRead } from './block-read.js';
import { PoolStore } from './pool-store.js';
import { ReadAhead } from './read-ahead.js';
import type { StreamSource } from './source.js';

/** Who waits for a block. */
interface Asking {
  readonly since: number;
  readonly resolve: (more: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const nothing = (): void => undefined;

/** What a reader that is forgotten leaves behind: memory that others have a use for. */
interface Estate {
  readonly store: BlockStore;
  readonly lender: WeakRef<BlockReader>;
  readonly window: readonly BlockRead[];
}

const forgotten = new FinalizationRegistry<Estate>(({ store, lender, window }) => {
  store.lenders.delete(lender);
  for (const read of window) read.drop();
});

/**
 * Reads a range of a file in blocks, in order, many at once, for one consumer. A block is read ahead only in memory that
 * nobody waits for, and given up again where somebody does: a reader waits for memory with no block in its hands, and for one
 * block only, so that readers of one pool do not wait for each other.
 */
export class BlockReader {
  readonly #source: StreamSource;
  readonly #plan: ReadPlan;
  readonly #ahead: ReadAhead;
  /** Reads under way and done, in the order of the file, each where the one before ends. */
  readonly #window: BlockRead[] = [];
  readonly #lender = new WeakRef<BlockReader>(this);
  readonly #store: BlockStore;
  /** Where the next read begins. */
  #position: number;
  /** Where the file ends, as far as is known. */
  #fileEnd: number;
  /** The size was asked for since bytes have come last: if none come now, that is the end. */
  #asked = false;
  #asking: Asking | undefined;
  /** The front block was promised to who asked last, who has not taken it yet. */
  #promised = false;
  /** Milliseconds that he waited for it. */
  #waited = 0;
  #begun = false;
  #acquiring: AbortController | undefined;
  #measuring = false;
  #over = false;
  #failure: { readonly error: unknown } | undefined;
  #unlisten = nothing;
  #underWay = 0;
  readonly #idle: (() => void)[] = [];

  /** With memory of `store`, where it is not of the plan's pool. */
  constructor(source: StreamSource, plan: ReadPlan, store: BlockStore = new PoolStore(plan)) {
    this.#source = source;
    this.#store = store;
    this.#plan = plan;
    this.#ahead = new ReadAhead(plan.ahead);
    this.#position = plan.start;
    this.#fileEnd = source.file.facts.inode.size;
  }

  /** Bytes that are still to come, as far as is known. */
  get left(): number {
    const at = this.#window[0]?.position ?? this.#position;
    return Math.max(0, Math.min(this.#plan.end, this.#fileEnd) - at);
  }

  /** The next block, where it has been read and has bytes. */
  front(): BlockRead | undefined {
    const first = this.#window[0];
    if (first?.done !== true || first.failure !== undefined) return undefined;
    if (!first.judged) this.#judge(first);
    return first.position < first.end ? first : undefined;
  }

  /**
   * Waits for the next block: true where there is one, false at the end. Rejects, once, with what went wrong. One call at
   * a time.
   */
  async ready(): Promise<boolean> {
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      throw error;
    }
    if (this.#over) return false;
    if (this.#promise()) return true;
    if (!this.#begun) this.#begin();
    return new Promise((resolve, reject) => {
      this.#asking = { since: performance.now(), resolve, reject };
      this.#advance();
    });
  }

  /** Hands the front block on, if there is one: its memory is the caller's. */
  take(): { memory: BlockMemory; bytes: Buffer; position: number } | undefined {
    const read = this.front();
    if (read === undefined) return undefined;
    const { bytes, position } = read;
    const memory = read.handOn();
    this.#shift();
    return { memory, bytes, position };
  }

  /** The first `bytes` of the front block were used; used up, it goes back to the pool. */
  use(bytes: number): void {
    const read = this.#window[0] as BlockRead;
    read.use(bytes);
    this.#promised = false;
    if (read.position < read.end) {
      this.lend();
      return;
    }
    read.drop();
    this.#shift();
  }

  /** Gives back what is read ahead as long as somebody waits for it; it is read again when it is asked for. */
  lend(): void {
    const least = this.#asking === undefined && !this.#promised ? 0 : 1;
    while (this.#window.length > least && this.#store.wanted) {
      const last = this.#window.pop() as BlockRead;
      this.#position = last.position;
      last.drop();
    }
  }

  /** Ends the reading at once, with an error that the next to ask is told; every block that was not handed on goes back. */
  stop(failure?: { readonly error: unknown }): void {
    if (this.#over) return;
    this.#over = true;
    this.#unlisten();
    this.#acquiring?.abort();
    for (const read of this.#window.splice(0)) read.drop();
    this.#store.lenders.delete(this.#lender);
    forgotten.unregister(this);
    this.#store.close();
    const asking = this.#asking;
    this.#asking = undefined;
    if (failure === undefined) asking?.resolve(false);
    else if (asking !== undefined) asking.reject(failure.error);
    else this.#failure = failure;
  }

  /** Settles when the kernel is done with all reads that were begun. */
  async idle(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Who is to be heard, from the first block on. */
  #begin(): void {
    const { signal } = this.#plan;
    try {
      refuseAborted(signal);
    } catch (error) {
      this.stop();
      throw error;
    }
    if (signal !== undefined) {
      this.#unlisten = onAbort(signal, () => {
        this.stop({ error: abortError(signal) });
      });
    }
    const store = this.#store;
    if (store.shared) {
      store.lenders.add(this.#lender);
      forgotten.register(this, { store, lender: this.#lender, window: this.#window }, this);
    }
    this.#begun = true;
  }

  /** Keeps the front block for who asks for it, if there is one. */
  #promise(): boolean {
    return (this.#promised = this.front() !== undefined);
  }

  /** The front block is used up. */
  #shift(): void {
    this.#window.shift();
    this.#promised = false;
    this.#ahead.took(this.#waited);
    this.#waited = 0;
    this.#fill();
  }

  /** What a read has found out about the file: where it is short, those behind it have begun at the wrong place. */
  #judge(read: BlockRead): void {
    read.judge();
    if (read.position < read.end) this.#asked = false;
    if (!read.short) return;
    for (const behind of this.#window.splice(1)) behind.drop();
    this.#position = this.#fileEnd = read.end;
  }

  /** Tells who asks, if there is something to tell, and reads on. */
  #advance(): void {
    const asking = this.#asking;
    const first = this.#window[0];
    if (asking !== undefined && first?.done === true) {
      if (first.failure !== undefined) {
        this.stop(first.failure);
        return;
      }
      if (this.#promise()) {
        this.#asking = undefined;
        this.#waited = performance.now() - asking.since;
        asking.resolve(true);
      } else {
        this.#window.shift();
        first.drop();
        if (this.#asked) {
          this.stop();
          return;
        }
      }
    }
    if (this.#store.wanted) this.lend();
    this.#fill();
  }

  /** Reads ahead as far as there is room. */
  #fill(): void {
    if (this.#over || !this.#begun || this.#acquiring !== undefined || this.#measuring) return;
    const room = this.#ahead.blocks + (this.#asking === undefined ? 0 : 1);
    while (this.#window.length < room && this.#position < Math.min(this.#fileEnd, this.#plan.end)) {
      const memory = this.#memory();
      if (memory === undefined) return;
      this.#launch(memory);
    }
    if (this.#window.length > 0 || this.#asking === undefined) return;
    if (this.#position < this.#plan.end) void this.#measure();
    else this.stop();
  }

  /** Memory for another block: whatever is left over, but for the first one, which is waited for. */
  #memory(): BlockMemory | undefined {
    const first = this.#window.length === 0;
    try {
      const spare = this.#store.spare(this.#blockSize());
      if (spare === undefined && first && this.#asking !== undefined) void this.#acquire();
      return spare;
    } catch (error) {
      // A pool that was closed: to be told behind the blocks that are there.
      if (first) this.stop({ error });
      return undefined;
    }
  }

  /** Bytes of memory of the next block. Where all fits into a smaller one, no more of the reader's own is mapped. */
  #blockSize(): number {
    const { size } = this.#plan;
    if (!this.#store.fits) return size;
    const step = this.#source.file.facts.alignment.read;
    const over = this.#position % step;
    const left = Math.max(0, Math.min(this.#plan.end, this.#fileEnd) - this.#position);
    return Math.min(size, alignUp(over + left, step));
  }

  async #acquire(): Promise<void> {
    const controller = (this.#acquiring = new AbortController());
    try {
      const memory = await this.#store.wait(this.#blockSize(), controller.signal);
      this.#acquiring = undefined;
      if (this.#over) memory.release();
      else this.#launch(memory);
      this.#fill();
    } catch (error) {
      this.stop({ error });
    }
  }

  /** The file may have grown, or been cut: its end is where it ends now. */
  async #measure(): Promise<void> {
    this.#measuring = true;
    try {
      this.#source.file.admit();
      this.#source.file.begin();
      try {
        this.#fileEnd = await sizeOf(this.#source.file);
      } finally {
        this.#source.file.end();
      }
      this.#measuring = false;
      this.#asked = true;
      if (this.#over) return;
      if (this.#fileEnd <= this.#position) this.stop();
      else this.#advance();
    } catch (error) {
      this.stop({ error });
    }
  }

  #launch(memory: BlockMemory): void {
    const { end } = this.#plan;
    const step = this.#source.file.facts.alignment.read;
    const base = alignDown(this.#position, step);
    const last = Math.min(base + memory.byteLength, alignUp(Math.min(this.#fileEnd, end), step));
    const until = Math.min(last, end);
    const read = new BlockRead(memory, { base, last, from: this.#position, until });
    this.#position = until;
    this.#window.push(read);
    this.#underWay++;
    void read.run(this.#source.file).then(() => {
      if (--this.#underWay === 0) for (const idle of this.#idle.splice(0)) idle();
      if (this.#over || !this.#window.includes(read)) return;
      if (read === this.#window[0]) this.#advance();
      else if (this.#store.wanted) this.lend();
    });
  }
}
