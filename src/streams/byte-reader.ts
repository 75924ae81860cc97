import type { ReadPlan } from './block-options.js';
import { BlockReader } from './block-reader.js';
import { chunkOf } from './chunk-memory.js';
import { ChunkStore } from './chunk-store.js';
import type { StreamSource } from './source.js';

/** Bytes that a chunk is made for where it is not known how much of the file is left. */
const UNKNOWN = 64 * 1024;

/**
 * What is read in blocks, in memory that is the consumer's to keep: read into it, where that can be made so that the kernel takes
 * it, otherwise copied.
 */
export class ByteReader {
  readonly #blocks: BlockReader;
  readonly #source: StreamSource;
  readonly #sequential: boolean;
  readonly #end: number;
  #position: number;

  /** Chunks are mostly of `chunk` bytes. Where `sequential`, the file's own position follows what was handed on. */
  constructor(source: StreamSource, plan: ReadPlan, chunk: number, sequential: boolean) {
    this.#blocks = new BlockReader(source, plan, ChunkStore.for(source.file, plan, chunk));
    this.#source = source;
    this.#sequential = sequential;
    this.#position = plan.start;
    this.#end = plan.end;
  }

  /** Whether the last byte of the range was handed on. */
  get exhausted(): boolean {
    return this.#position >= this.#end;
  }

  /** Memory for the next chunk of `size` bytes at the most, no larger than what is left of the file. */
  chunk(size: number): Buffer {
    const { left } = this.#blocks;
    return chunkOf(Math.min(size, left === 0 ? UNKNOWN : left));
  }

  /** Copies what is there; how many bytes. */
  copy(target: Uint8Array): number {
    let done = 0;
    for (let front = this.#front(done, target); front !== undefined; front = this.#front(done, target)) {
      const part = front.bytes.subarray(0, target.byteLength - done);
      target.set(part, done);
      done += part.byteLength;
      this.#blocks.use(part.byteLength);
    }
    this.#move(done);
    return done;
  }

  /** The next `size` bytes where they were read into memory of their own. */
  whole(size: number): Buffer | undefined {
    const chunk = this.#blocks.front()?.chunk(size);
    if (chunk !== undefined) {
      this.#blocks.use(size);
      this.#move(size);
    }
    return chunk;
  }

  /** Waits until there is something to copy; false at the end. */
  ready(): Promise<boolean> {
    return this.#blocks.ready();
  }

  /** What has been read and is at hand in one piece, `size` bytes at the most. After {@link ByteReader.ready}. */
  piece(size: number): Buffer {
    const whole = this.whole(size);
    if (whole !== undefined) return whole;
    const chunk = chunkOf(Math.min(size, this.#blocks.front()?.bytes.byteLength ?? 0));
    this.copy(chunk);
    return chunk;
  }

  stop(failure?: { readonly error: unknown }): void {
    this.#blocks.stop(failure);
  }

  idle(): Promise<void> {
    return this.#blocks.idle();
  }

  #move(bytes: number): void {
    this.#position += bytes;
    if (this.#sequential && bytes > 0) this.#source.file.moveTo(this.#position);
  }

  #front(done: number, target: Uint8Array): ReturnType<BlockReader['front']> {
    return done < target.byteLength ? this.#blocks.front() : undefined;
  }
}
