import { AsyncResource } from 'node:async_hooks';

import { alignUp } from '../alignment.js';
import type { BufferPool } from '../buffer-pool.js';
import type { OpenFile } from '../open-file.js';
import { sizeOf } from '../size.js';
import { BlockSupply } from './block-supply.js';
import { ChunksToCopy } from './chunks-to-copy.js';
import { Gathering, stretchEnd } from './gathering.js';
import { placeIn, type Place } from './place.js';
import { WritesInFlight } from './writes-in-flight.js';

/** As they are when the library is loaded: tests replace timers. */
const { clearTimeout, setTimeout } = globalThis;

/** What gathered bytes wait for others at the most, in milliseconds. */
const LINGER_MS = 50;
/** Bytes of the first block; each is twice as long as the one before, up to the size that was asked for. */
const FIRST_BLOCK = 64 * 1024;

/** What is written behind, and how. */
export interface BehindOptions {
  /** Position of the first byte; undefined: where the last call without a position ended. */
  start: number | undefined;
  /** Bytes of a block. */
  size: number;
  /** Blocks at the most, that which is being gathered among them. */
  behind: number;
  /** Where they come from; undefined: a pool of its own. */
  pool: BufferPool | undefined;
}

/** Told of the end of a call: that its chunks were copied, or why they were not. */
type Done = (error?: Error) => void;

/** A call whose chunks are being copied. */
interface Pending {
  readonly chunks: ChunksToCopy;
  done: Done;
}

/**
 * Gathers bytes into aligned blocks and writes them, many at once. Who brings bytes is told when they are copied, and waits
 * where as many blocks are in flight as the device has a use for.
 *
 * What was copied is written in any case: when a block is full, after 50 ms, and at the end, also an early one. After a
 * failure nothing is begun any more, and what was written behind it is cut off where that can be.
 */
export class WriteBehind {
  readonly #file: OpenFile;
  readonly #place: Place;
  readonly #size: number;
  readonly #supply: BlockSupply;
  readonly #writes: WritesInFlight;
  readonly #onFailure: (error: Error) => void;
  /** Those who wait until nothing is under way. */
  readonly #waiting: (() => void)[] = [];
  #pending: Pending | undefined;
  #gathering: Gathering | undefined;
  /** Bytes of the next block. */
  #blockSize: number;
  #timer: NodeJS.Timeout | undefined;
  /** Of the next byte; undefined while it is not known. */
  #position: number | undefined;
  /** Bytes of the file when the position became known. */
  #sizeBefore = 0;
  #beginning = false;
  #stopped = false;
  #failing = false;
  #failure: Error | undefined;

  /** `onFailure` is told of a failure that no call is there to be told of. */
  constructor(file: OpenFile, { start, size, behind, pool }: BehindOptions, onFailure: (error: Error) => void) {
    this.#file = file;
    this.#place = placeIn(file, start);
    const { block } = file.facts;
    this.#size = alignUp(size, block);
    this.#blockSize = Math.min(alignUp(FIRST_BLOCK, block), this.#size);
    this.#supply = new BlockSupply(pool, behind, this.#size, this.#pump);
    this.#writes = new WritesInFlight(file, behind);
    this.#onFailure = onFailure;
  }

  /** Bytes that are in the file without a gap; when all has ended, all that have changed. */
  get bytesWritten(): number {
    return this.#writes.bytes;
  }

  /** Copies chunks; `done` is called when they are, within the call where there is room. One call at a time. */
  push(chunks: readonly Uint8Array[], done: Done): void {
    if (this.#failure !== undefined) {
      done(this.#failure);
      return;
    }
    const pending: Pending = { chunks: new ChunksToCopy(chunks), done };
    this.#pending = pending;
    this.#pump();
    if (this.#pending !== pending) return;
    // Not its `bind`, which takes some microseconds in Node.js 20.
    const caller = new AsyncResource('WriteBehind');
    // By itself: what it throws is for its own caller, and must not meet the operations of others.
    pending.done = (error) => {
      process.nextTick(() => {
        caller.runInAsyncScope(done, undefined, error);
      });
    };
  }

  /** Settles when all that was copied is in the file; rejects with what failed. */
  async flush(): Promise<void> {
    await this.#quiet();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Takes nothing more: who still waits is told `error`. Settles when all that was copied is in the file and all memory was
   * given back; to what failed, if anything did.
   */
  async stop(error: Error): Promise<Error | undefined> {
    this.#stopped = true;
    this.#tellPending(error);
    await this.#quiet();
    this.#supply.close();
    return this.#failure;
  }

  async #quiet(): Promise<void> {
    this.#dispatch();
    this.#rest();
    if (!this.#isQuiet) await new Promise<void>((quiet) => this.#waiting.push(quiet));
  }

  get #isQuiet(): boolean {
    const busy = this.#pending !== undefined || this.#gathering !== undefined || this.#writes.count > 0;
    return !busy && (this.#writes.failure === undefined || this.#failure !== undefined);
  }

  #tellPending(error?: Error): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.done(error);
  }

  /** Copies as long as there is something to copy and a place for it. */
  readonly #pump = (): void => {
    for (let pending = this.#pending; pending !== undefined; pending = this.#pending) {
      if (pending.chunks.areCopied) {
        this.#tellPending();
        break;
      }
      const gathering = (this.#gathering ??= this.#nextGathering());
      if (gathering === undefined) break;
      try {
        pending.chunks.copyTo(gathering);
      } catch (error) {
        // It is the caller's own: what came before it is written.
        this.#dispatch();
        this.#tellPending(error as Error);
        break;
      }
      if (gathering.isFull) this.#dispatch();
      else this.#timer ??= setTimeout(this.#dispatch, LINGER_MS);
    }
    this.#rest();
  };

  /** Where the next bytes go; undefined where that is not to be had now: then {@link pump} is called again. */
  #nextGathering(): Gathering | undefined {
    if (this.#beginning || !this.#writes.admits) return undefined;
    if (this.#position === undefined) {
      void this.#begin();
      return undefined;
    }
    const end = stretchEnd(this.#position, this.#file.facts.block, this.#blockSize);
    try {
      const memory = this.#supply.take(end - this.#position);
      return memory && new Gathering(this.#position, memory);
    } catch (error) {
      this.#writes.fail(error as Error);
      return undefined;
    }
  }

  async #begin(): Promise<void> {
    this.#beginning = true;
    try {
      this.#position = await this.#place.begin();
      this.#sizeBefore = await sizeOf(this.#file);
    } catch (error) {
      // The file may be closed by then.
      if (!this.#stopped) this.#writes.fail(error as Error);
    }
    this.#beginning = false;
    this.#pump();
  }

  /** Begins to write what was gathered. */
  readonly #dispatch = (): void => {
    const gathering = this.#gathering;
    clearTimeout(this.#timer);
    this.#timer = this.#gathering = undefined;
    if (gathering === undefined) return;
    this.#position = gathering.end;
    void this.#write(gathering);
    this.#blockSize = Math.min(this.#size, this.#blockSize * 2);
  };

  async #write(gathering: Gathering): Promise<void> {
    await this.#writes.write(gathering, this.#size);
    gathering.memory[Symbol.dispose]();
    this.#pump();
  }

  /** When nothing is under way: ends what has failed, gives the place in the file up, and tells those who wait. */
  #rest(): void {
    const { count, failure } = this.#writes;
    if (failure !== undefined && this.#failure === undefined) {
      if (count === 0 && !this.#failing) void this.#fail();
      return;
    }
    if (!this.#isQuiet) return;
    if (!this.#beginning && this.#position !== undefined && this.#place.end(this.#position)) this.#position = undefined;
    for (const quiet of this.#waiting.splice(0)) quiet();
  }

  async #fail(): Promise<void> {
    this.#failing = true;
    const gathering = this.#gathering;
    clearTimeout(this.#timer);
    this.#gathering = undefined;
    if (gathering !== undefined) gathering.memory[Symbol.dispose]();
    this.#position = (await this.#writes.takeBack(this.#sizeBefore)) ?? this.#position;
    const failure = (this.#failure = this.#writes.failure as Error);
    const heard = this.#pending !== undefined || this.#waiting.length > 0;
    this.#tellPending(failure);
    if (!heard) this.#onFailure(failure);
    this.#rest();
  }
}
