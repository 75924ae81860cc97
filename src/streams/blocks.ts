import { illegalConstructor } from '../errors.js';
import { uncloneable } from '../uncloneable.js';
import { Block } from './block.js';
import { planOf, type BlocksOptions } from './block-options.js';
import { BlockReader } from './block-reader.js';
import type { StreamSource } from './source.js';

const END = { done: true, value: undefined } as const;

/**
 * The blocks of a part of a file, in order, with many reads under way: see {@link DirectFile.blocks}. To be iterated once; ends
 * with the part, with an error behind the blocks that were read before it, or when it is left.
 */
export class Blocks implements AsyncIterableIterator<Block, undefined>, AsyncDisposable {
  readonly #reader: BlockReader;
  /** The end of the last call of `next`. */
  #turn: Promise<unknown> | undefined;

  private constructor(reader: BlockReader) {
    if (!(reader instanceof BlockReader)) throw illegalConstructor();
    this.#reader = reader;
    uncloneable(this);
  }

  /** @internal */
  static of(source: StreamSource, options: BlocksOptions | undefined): Blocks {
    const plan = planOf(source.file, options);
    source.file.admit();
    return new Blocks(new BlockReader(source, plan));
  }

  /** The next block, the caller's to give back. Calls at the same time have one after the other. */
  next(): Promise<IteratorResult<Block, undefined>> {
    const turn = this.#turn === undefined ? this.#step() : this.#turn.then(this.#step);
    const end = turn.then(
      () => {
        if (this.#turn === end) this.#turn = undefined;
      },
      () => {
        if (this.#turn === end) this.#turn = undefined;
      },
    );
    this.#turn = end;
    return turn;
  }

  /**
   * Ends the iteration: blocks that were not handed out go back. Settles when the kernel is done with them; calls of `next`
   * that still wait have the end.
   */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#reader.stop();
    await this.#reader.idle();
    return END;
  }

  /** As {@link Blocks.return}, then rejects with the error. */
  async throw(error?: unknown): Promise<IteratorResult<Block, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  readonly #step = async (): Promise<IteratorResult<Block, undefined>> => {
    while (await this.#reader.ready()) {
      const taken = this.#reader.take();
      // Stopped meanwhile: the next to ask is told why.
      if (taken !== undefined) return { done: false, value: Block.of(taken.memory, taken.bytes, taken.position) };
    }
    return END;
  };
}
