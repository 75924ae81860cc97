import { startBatch } from './batch.js';
import { BatchOperation } from './batch-operation.js';
import {
  copyPositions,
  countOf,
  misalignedPosition,
  partsOf,
  placesOf,
  refuseWithoutRoom,
  stepOf,
  type Parts,
} from './batch-plan.js';
import { AioError, illegalConstructor, invalidValue } from './errors.js';
import { PREAD } from './opcodes.js';
import { OpenFile } from './open-file.js';
import { abortSignal, mannerOf, optionsObject, type Manner, type OperationOptions } from './options.js';
import { misaligned } from './placement.js';
import type { Holders, Places } from './places.js';
import { rejected } from './rejected.js';
import { permit } from './transfers.js';
import { uncloneable } from './uncloneable.js';

/** How every submission of a prepared batch is done. */
export type PreparedOptions = Pick<OperationOptions, 'priority' | 'nowait'>;

/** The operations of a prepared batch. */
class Prepared extends BatchOperation<number> {
  protected outcome(bytes: number): number {
    return bytes;
  }
}

/**
 * Reads or writes of many blocks whose memory is laid out once, and which are then submitted any number of times under a
 * promise each: set {@link PreparedBatch.positions}, call {@link PreparedBatch.submit}. Made by {@link DirectFile.prepareReads}
 * and {@link DirectFile.prepareWrites}. It holds the memory, and needs no closing.
 */
export class PreparedBatch<B> {
  /** The memory that was given. */
  readonly buffers: B;
  /** Nobody's to replace: what reads it must run no code of others. */
  readonly #positions: Float64Array;
  readonly #file: OpenFile;
  readonly #opcode: number;
  readonly #parts: Parts;
  readonly #places: Places;
  readonly #holders: Holders;
  readonly #manner: Readonly<Manner>;
  readonly #operation: Prepared;

  private constructor(file: OpenFile, opcode: number, buffers: B, parts: Parts, manner: Readonly<Manner>) {
    if (!(file instanceof OpenFile)) throw illegalConstructor();
    const step = stepOf(file, opcode);
    const places = placesOf(parts, file.facts.alignment.memory, step);
    if (places === undefined) throw misaligned(file.facts, step, 0, parts.views.lengthOf(0));
    if (places.hasEmpty) throw invalidValue('buffers', 'must not be empty', buffers);
    this.#file = file;
    this.#opcode = opcode;
    this.#parts = parts;
    this.#places = places;
    this.#holders = places.holders;
    this.#manner = manner;
    this.buffers = buffers;
    this.#positions = new Float64Array(parts.count);
    this.#operation = new Prepared(file, opcode, places, new Float64Array(parts.count));
    uncloneable(this);
  }

  /** @internal */
  static of<B>(file: OpenFile, opcode: number, buffers: B, given: unknown, options: unknown): PreparedBatch<B> {
    file.admit();
    permit(file, opcode === PREAD ? 'read' : 'write');
    const manner = mannerOf(optionsObject('options', options), true);
    if (manner.append || (opcode !== PREAD && file.facts.append)) {
      throw invalidValue('options.append', 'is for single writes', true);
    }
    if (manner.signal !== undefined) throw invalidValue('options.signal', 'is for submit', manner.signal);
    const most = Array.isArray(buffers) ? buffers.length : 1;
    const parts = partsOf(buffers, countOf('count', given ?? most, 1));
    return new PreparedBatch(file, opcode, buffers, parts, manner);
  }

  /** Where in the file each operation moves, in bytes: for the caller to set. What is changed after `submit` is for the next. */
  get positions(): Float64Array {
    return this.#positions;
  }

  /** Of each operation of the last submission that has settled, in order: bytes, or a negative errno. Written anew by the next. */
  get results(): Int32Array {
    return this.#operation.results;
  }

  /**
   * Submits all operations with the next batch of the queue. Settles when the last is done, with the sum of their bytes; if any
   * failed, rejects with a {@link BatchError}. One submission at a time: `ERR_AIO_BATCH_BUSY`, also after an abort, until
   * the kernel is done.
   */
  submit(options?: Pick<OperationOptions, 'signal'>): Promise<number> {
    try {
      const file = this.#file;
      const operation = this.#operation;
      // Read first: a getter could close the file, or submit.
      const signal = options === undefined ? undefined : signalOf(options);
      file.admit();
      if (operation.isUnderWay) {
        throw new AioError('ERR_AIO_BATCH_BUSY', 'The batch was submitted and has not ended');
      }
      this.#places.check(this.#holders);
      copyPositions(this.#positions, operation.positions);
      const step = stepOf(file, this.#opcode);
      const odd = misalignedPosition(operation.positions, step);
      if (odd >= 0) {
        throw misaligned(file.facts, step, operation.positions[odd] as number, this.#places.lengthOf(odd));
      }
      refuseWithoutRoom(file, this.#places.length);
      const manner = signal === undefined ? this.#manner : { ...this.#manner, signal };
      return startBatch(file, operation, this.#places, this.#parts.views, manner);
    } catch (error) {
      return rejected(error as Error);
    }
  }
}

function signalOf(options: unknown): AbortSignal | undefined {
  return abortSignal((optionsObject('options', options) as OperationOptions).signal);
}
