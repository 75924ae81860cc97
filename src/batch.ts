import { isAborted, refuseAborted, untilAborted } from './abort.js';
import { batchError } from './batch-error.js';
import { BatchOperation } from './batch-operation.js';
import { oneByOne } from './batch-one-by-one.js';
import { partsOf, placesInOneStep, positionsOf, spanOf, type Plan } from './batch-plan.js';
import { inSteps } from './call.js';
import { abortError, invalidValue } from './errors.js';
import type { BatchResult } from './file-types.js';
import type { OpenFile } from './open-file.js';
import { PREAD, PWRITE } from './opcodes.js';
import { mannerOf, optionsObject, type Manner } from './options.js';
import type { Places } from './places.js';
import { permit } from './transfers.js';
import { Views } from './views.js';
import type { WriteRange } from './write-ranges.js';

type ReadBatchResult<B> = BatchResult<B> & { bytesRead: number };
type WriteBatchResult<B> = BatchResult<B> & { bytesWritten: number };

/** What is told of a batch that went well. */
type Tell<T> = (bytes: number, results: Int32Array) => T;

class ReadBatch<B> extends BatchOperation<ReadBatchResult<B>> {
  readonly #buffers: B;

  constructor(file: OpenFile, places: Places, positions: Float64Array, buffers: B) {
    super(file, PREAD, places, positions);
    this.#buffers = buffers;
  }

  protected outcome(bytesRead: number): ReadBatchResult<B> {
    return { bytesRead, results: this.results, buffers: this.#buffers };
  }
}

class WriteBatch<B> extends BatchOperation<WriteBatchResult<B>> {
  readonly #buffers: B;

  constructor(file: OpenFile, places: Places, positions: Float64Array, buffers: B) {
    super(file, PWRITE, places, positions);
    this.#buffers = buffers;
  }

  protected outcome(bytesWritten: number): WriteBatchResult<B> {
    return { bytesWritten, results: this.results, buffers: this.#buffers };
  }
}

/** Starts a batch, at once where nothing is to be waited for. Until it ends, an abort is told by the promise. */
export function startBatch<T>(
  file: OpenFile,
  operation: BatchOperation<T>,
  places: Places,
  views: readonly Uint8Array[],
  manner: Readonly<Manner>,
): Promise<T> {
  if (manner.signal === undefined) {
    if (!operation.writes) return operation.start(manner);
    const range = tryEnter(file, operation, places);
    if (range !== undefined) return operation.start(manner, range);
  }
  return startInTurn(file, operation, places, views, manner);
}

function tryEnter<T>({ facts }: OpenFile, operation: BatchOperation<T>, places: Places): WriteRange | undefined {
  const [from, to] = spanOf(operation.positions, places);
  return facts.inode.ranges.tryEnter(from, to);
}

async function startInTurn<T>(
  file: OpenFile,
  operation: BatchOperation<T>,
  places: Places,
  views: readonly Uint8Array[],
  manner: Readonly<Manner>,
): Promise<T> {
  const { signal } = manner;
  refuseAborted(signal);
  if (!operation.writes) return untilAborted(async () => operation.start(manner), signal);
  const range = tryEnter(file, operation, places);
  if (range !== undefined) return untilAborted(async () => operation.start(manner, range), signal);
  const { inode, queue } = file.facts;
  const inTurn = async (): Promise<T> => {
    const [from, to] = spanOf(operation.positions, places);
    operation.waits = true;
    const entered = await inode.ranges.enter(from, to, false);
    // Others may have taken the room meanwhile.
    const begin = (): Promise<T> => {
      operation.waits = false;
      if (signal === undefined || !isAborted(signal)) return operation.start(manner, entered);
      inode.ranges.leave(entered);
      throw abortError(signal);
    };
    return queue.room.when(begin, places.length);
  };
  return inSteps(file, inTurn, { signal, views: new Views(views), writes: true });
}

/** Each operation by itself. */
async function apart<T>(
  file: OpenFile,
  opcode: number,
  plan: Plan,
  manner: Readonly<Manner>,
  tell: Tell<T>,
): Promise<T> {
  const results = await oneByOne(file, opcode, plan, manner);
  if (results.some((result) => result < 0)) throw batchError(file, opcode, plan.positions, results);
  return tell(
    results.reduce((total, bytes) => total + bytes, 0),
    results,
  );
}

interface Call {
  plan: Plan;
  manner: Readonly<Manner>;
}

function callOf(file: OpenFile, opcode: number, buffers: unknown, given: unknown, options: unknown): Call {
  permit(file, opcode === PREAD ? 'read' : 'write');
  const manner = mannerOf(optionsObject('options', options), file.facts.exact);
  if (manner.append) throw invalidValue('options.append', 'is for single writes', true);
  const positions = positionsOf(given);
  return { plan: { ...partsOf(buffers, positions.length), positions }, manner };
}

/** Reads many blocks under one promise: the bytes of each operation, or the error of the first that failed. */
export function readMany<B>(
  file: OpenFile,
  buffers: B,
  positions: unknown,
  options: unknown,
): Promise<ReadBatchResult<B>> {
  const { plan, manner } = callOf(file, PREAD, buffers, positions, options);
  const tell = (bytesRead: number, results: Int32Array): ReadBatchResult<B> => ({ bytesRead, results, buffers });
  if (plan.count === 0) return Promise.resolve(tell(0, new Int32Array(0)));
  const places = placesInOneStep(file, PREAD, plan, manner);
  if (places === undefined) return apart(file, PREAD, plan, manner, tell);
  const operation = new ReadBatch(file, places, plan.positions, buffers);
  return startBatch(file, operation, places, plan.views, manner);
}

/** Writes many, in the same way. */
export function writeMany<B>(
  file: OpenFile,
  buffers: B,
  positions: unknown,
  options: unknown,
): Promise<WriteBatchResult<B>> {
  const { plan, manner } = callOf(file, PWRITE, buffers, positions, options);
  const tell = (bytesWritten: number, results: Int32Array): WriteBatchResult<B> => ({ bytesWritten, results, buffers });
  if (plan.count === 0) return Promise.resolve(tell(0, new Int32Array(0)));
  const places = placesInOneStep(file, PWRITE, plan, manner);
  if (places === undefined) return apart(file, PWRITE, plan, manner, tell);
  const operation = new WriteBatch(file, places, plan.positions, buffers);
  return startBatch(file, operation, places, plan.views, manner);
}
