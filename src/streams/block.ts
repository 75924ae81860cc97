import { AioError, illegalConstructor } from '../errors.js';
import { uncloneable } from '../uncloneable.js';
import type { BlockMemory } from './block-memory.js';

/** What only this module constructs blocks with. */
const KEY = Symbol('Block');

/**
 * Some bytes of a file in memory of a pool, as the disk has written them there. It is the holder's until {@link Block.release},
 * or the end of a `using`: one that is forgotten is missing in the pool.
 */
export class Block implements Disposable {
  /** Of the first byte, in the file. */
  readonly position: number;
  readonly #bytes: Buffer;
  #memory: BlockMemory | undefined;

  private constructor(key: symbol, memory: BlockMemory, bytes: Buffer, position: number) {
    if (key !== KEY) throw illegalConstructor();
    this.#memory = memory;
    this.#bytes = bytes;
    this.position = position;
    uncloneable(this);
  }

  /** @internal */
  static of(memory: BlockMemory, bytes: Buffer, position: number): Block {
    return new Block(KEY, memory, bytes, position);
  }

  /** The bytes. Throws `ERR_AIO_BUFFER_RELEASED` after the release; what was kept of it then has others' bytes. */
  get buffer(): Buffer {
    if (this.#memory !== undefined) return this.#bytes;
    throw new AioError('ERR_AIO_BUFFER_RELEASED', 'The block was released or disposed of');
  }

  /** Gives the memory back to its pool: at once, or when the last operation on it is done. Idempotent. */
  release(): void {
    this.#memory?.release();
    this.#memory = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
